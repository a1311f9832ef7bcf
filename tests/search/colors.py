"""How tests speak of the nine pictures."""

from semblance.library.models import Image
from semblance.search.models import Search
from semblance.search.queries import visible_results


def image_of(hue: int) -> Image:
    return Image.objects.get(label=f"hue {hue}")


def labels(search: Search, number: int | None = None) -> list[str]:
    round_ = search.rounds.get(number=search.current_round if number is None else number)
    return [result.image.label for result in visible_results(round_, search.user)]
