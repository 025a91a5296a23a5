"""The commands of ``goldspike``, one file each: `add` says what it takes, `run` does it."""
