"""How the admin looks: its name, its colors, and the way round in it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy

_NEUTRAL = ("98.5", "97", "92.2", "87", "70.8", "55.6", "43.9", "37.1", "26.9", "20.5", "14.5")
_ACCENT = (
    "98.4% .014 181", "95.3% .045 181", "91% .075 181", "85.5% .1 181", "77.7% .105 182", "60% .1 182",
    "50.5% .087 181", "45% .078 182", "40% .068 184", "35% .058 186", "27% .044 190",
)  # fmt: skip
_STEPS = ("50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950")


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _link(title: str, model: str, icon: str) -> dict[str, Any]:
    app, name = model.split(".")
    link = reverse_lazy(f"admin:{app}_{name}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": _may(f"{app}.view_{name}")}


UNFOLD = {
    "SITE_TITLE": "Semblance",
    "SITE_HEADER": "Semblance",
    "SITE_SUBHEADER": "Administration",
    "SITE_SYMBOL": "image_search",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("dashboard/icon.svg")},
    ],
    "STYLES": [lambda _request: static("common/admin.css")],
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "semblance.accounts.site.environment",
    "COLORS": {
        "base": {step: f"oklch({light}% 0 0)" for step, light in zip(_STEPS, _NEUTRAL, strict=True)},
        "primary": {step: f"oklch({color})" for step, color in zip(_STEPS, _ACCENT, strict=True)},
    },
    "SIDEBAR": {
        "navigation": [
            {
                "title": "Library",
                "items": [
                    _link("Collections", "library.collection", "photo_library"),
                    _link("Images", "library.image", "image"),
                    _link("Members", "library.membership", "group"),
                ],
            },
            {
                "title": "Indexing",
                "items": [
                    _link("Jobs", "indexing.job", "progress_activity"),
                    _link("Extractors", "indexing.featurespace", "extension"),
                ],
            },
            {
                "title": "Search",
                "items": [
                    _link("Searches", "search.search", "search"),
                    _link("Rounds", "search.round", "replay"),
                    _link("Votes", "search.vote", "thumbs_up_down"),
                    _link("Published queries", "search.publishedquery", "public"),
                    _link("Evaluations", "search.evaluation", "query_stats"),
                ],
            },
            {
                "title": "People",
                "items": [
                    _link("Users", "accounts.user", "person"),
                    _link("Groups", "auth.group", "groups"),
                    _link("Gateway keys", "accounts.apikey", "key"),
                ],
            },
        ],
    },
}
