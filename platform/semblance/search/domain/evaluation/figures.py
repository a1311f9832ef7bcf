"""Figures as they are shown."""


def percent(share: float) -> float:
    """Return a share as percent, to a hundredth of what is shown."""
    return round(100 * share, 4)
