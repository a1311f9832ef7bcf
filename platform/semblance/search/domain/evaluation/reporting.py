"""How an evaluation tells how far it is and what it found."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with queries done and queries in all; may raise to break off."""


def percent(share: float) -> float:
    """Return a share as percent, to a hundredth of what is shown."""
    return round(100 * share, 4)
