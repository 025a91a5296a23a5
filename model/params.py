"""Checks that the parameter dataclasses share."""

from operator import index

__all__ = ["require_int"]


def require_int(name: str, value: object, low: int, high: int | None = None) -> int:
    """Return `value` if it is an integer in ``low..high`` (no upper bound if `high` is None).

    Raises
    ------
    TypeError
        If `value` is not an integer.
    ValueError
        If it is out of range.
    """
    expected = f"at least {low}" if high is None else f"in {low}..{high}"
    if isinstance(value, bool):
        raise TypeError(f"{name} must be an integer {expected}, not {value!r}")
    try:
        number = index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be an integer {expected}, not {value!r}") from None
    if number < low or (high is not None and number > high):
        raise ValueError(f"{name} must be {expected}, not {number}")
    return number
