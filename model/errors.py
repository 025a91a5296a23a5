"""The one exception that means 'the user gave us something wrong'."""

__all__ = ["InputError"]


class InputError(ValueError):
    """Report bad input from a user.

    The message is one full sentence that names the thing (file, key, option) and
    what was expected of it; the command line prints it and exits with status 2.
    """
