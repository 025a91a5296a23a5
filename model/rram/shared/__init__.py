"""Parts of the golden model that are not blocks of the macro."""
