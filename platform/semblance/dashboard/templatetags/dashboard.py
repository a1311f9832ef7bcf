"""Numbers and names in plain words."""

from django import template
from django.conf import settings
from django.forms import BoundField
from django.utils.safestring import SafeString

register = template.Library()
MINUTE, HOUR, DAY = 60, 3600, 86400


@register.filter
def duration(seconds: float) -> str:
    """Say a number of seconds as a person would."""
    if seconds < MINUTE:
        return f"{max(1, round(seconds))} s"
    if seconds < HOUR:
        return f"{round(seconds / MINUTE)} min"
    if seconds < DAY:
        return f"{int(seconds // HOUR)} h {int(seconds % HOUR // MINUTE)} min"
    return f"{round(seconds / DAY)} days"


@register.filter
def plain(name: str) -> str:
    """Write a kebab-case name as words: `color-histogram` is Color histogram, `vgg16` VGG16."""
    words = [word.upper() if any(c.isdigit() for c in word) else word for word in name.split("-")]
    return words[0][:1].upper() + " ".join(words)[1:]


@register.filter
def share(value: float, whole: float) -> float:
    """Return a value as percent of a whole."""
    return round(100 * value / whole, 2) if whole else 0


@register.filter
def absolute(number: float) -> float:
    """Return a number without its sign."""
    return abs(number)


@register.filter
def classed(field: BoundField, name: str) -> SafeString:
    """Draw a form field with a class, its errors and help announced with it."""
    attributes: dict[str, str | bool] = {"class": name}
    if field.errors:
        attributes["aria-invalid"] = "true"
    return field.as_widget(attrs=attributes)


@register.simple_tag
def registration_open() -> bool:
    """Say whether strangers may make accounts here."""
    return bool(settings.SEMBLANCE_REGISTRATION_OPEN)
