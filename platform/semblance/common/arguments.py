"""Kinds of arguments that several commands take."""

from argparse import ArgumentTypeError
from math import isfinite


def names(text: str) -> list[str]:
    """Read ``a,b`` as a list of names."""
    found = [name.strip() for name in text.split(",")]
    if not all(found):
        raise ArgumentTypeError(f"“{text}” is not a list of names such as color-histogram,mobilenet-v2")
    return list(dict.fromkeys(found))


def weights(text: str) -> dict[str, float]:
    """Read ``a=1,b=.5`` as weights by name."""
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = part.partition("=")
        try:
            found[name.strip()] = weight = float(number)
        except ValueError:
            weight = -1.0
        if not name.strip() or not isfinite(weight) or weight < 0:
            raise ArgumentTypeError(f"“{part}” is not a weight such as color-histogram=0.5")
    return found
