"""What pages are made of: no inline script or style, only icons that are there, and words for numbers."""

import json
import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from semblance.dashboard.bars import bars
from semblance.dashboard.templatetags.dashboard import duration, plain
from semblance.settings.env import PROJECT_DIR
from tests.factories import make_user

DASHBOARD = PROJECT_DIR / "platform" / "semblance" / "dashboard"
TEMPLATES = sorted((DASHBOARD / "templates").rglob("*.html"))
OWN_FILES = DASHBOARD / "static" / "dashboard"
VENDOR = DASHBOARD / "static" / "vendor"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_inline_script_or_style(template: Path) -> None:
    text = template.read_text(encoding="utf-8")

    assert not re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|hx-on|javascript:", text)


def test_icons_that_are_used_are_the_ones_in_the_sprite() -> None:
    used = {name for path in TEMPLATES for name in re.findall(r'<c-icon name="([\w-]+)"', path.read_text("utf-8"))}
    chosen = {"lock", "exclamation-triangle"}  # by a condition inside the attribute
    sprite = re.findall(r'<symbol id="([\w-]+)"', (VENDOR / "icons.svg").read_text("utf-8"))

    assert sprite == (DASHBOARD / "frontend" / "icons.txt").read_text("utf-8").split()
    assert used | chosen == set(sprite)


def test_vendored_files_are_those_of_the_lock() -> None:
    packages = json.loads((DASHBOARD / "frontend" / "package-lock.json").read_text("utf-8"))["packages"]
    locked = {name: packages[f"node_modules/{name}"]["version"] for name in ("bootstrap", "cropperjs")}
    heads = {"bootstrap": VENDOR / "bootstrap.min.css", "cropperjs": VENDOR / "cropper.min.js"}

    for name, path in heads.items():
        assert f"v{locked[name]}" in path.read_text("utf-8")[:200]


def test_our_own_front_end_files_have_one_subject() -> None:
    lengths = {path.name: len(path.read_text("utf-8").splitlines()) for path in OWN_FILES.iterdir()}

    assert {name: lines for name, lines in lengths.items() if lines > 500} == {}


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (59, "59 s"), (90, "2 min"), (3700, "1 h 1 min"), (200_000, "2 days")]
)
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(("name", "words"), [("color-histogram", "Color histogram"), ("vgg16", "VGG16")])
def test_names_are_written_as_words(name: str, words: str) -> None:
    assert plain(name) == words


def test_bars_share_one_scale_around_zero() -> None:
    drawn = bars(
        {
            "a": {"distance": 0.2, "weight": 1, "contribution": 3.0},
            "b": {"distance": 0.9, "weight": 1, "contribution": -1.0},
            "c": {"distance": None, "weight": 0, "contribution": 0.0},
        }
    )

    assert [(bar.name, bar.start, bar.length) for bar in drawn] == [("a", 25, 75), ("b", 0, 25), ("c", 25, 0)]


@pytest.mark.django_db
def test_pages_of_allauth_are_drawn_like_the_rest(client: Client) -> None:
    for name in ("account_login", "account_reset_password"):
        page = client.get(reverse(name)).content.decode()

        assert 'class="entrance stack"' in page
        assert 'class="form-control"' in page


@pytest.mark.django_db
def test_page_that_is_not_there_says_what_may_have_happened(client: Client) -> None:
    response = client.get("/nothing/")

    assert response.status_code == 404
    assert "it is not shared with you" in response.content.decode()


@pytest.mark.django_db
def test_form_of_a_session_that_is_over_says_so() -> None:
    client = Client(enforce_csrf_checks=True)

    response = client.post(reverse("account_login"), {"login": "anna"})

    assert response.status_code == 403
    assert "belonged to a session that is over" in response.content.decode()


@pytest.mark.django_db
def test_error_of_ours_is_a_page_that_calms(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(make_user("anna"))
    client.raise_request_exception = False
    monkeypatch.setattr("semblance.dashboard.views.home.recent_searches", None)

    response = client.get("/")

    assert response.status_code == 500
    assert "Nothing you had stored is lost" in response.content.decode()


@pytest.mark.django_db
def test_part_of_a_page_sends_the_whole_page_to_sign_in(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/jobs/?at=1"}

    response = client.get(reverse("dashboard:jobs"), headers=headers)

    assert response.headers["HX-Redirect"] == "/accounts/login/?next=%2Fjobs%2F%3Fat%3D1"
