"""The CNN accelerator as its user sees it."""
