"""Links between the project's pages lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def problem(page: Path, link: str) -> str:
    """Say what is wrong with a link; elsewhere in the web nothing is looked up."""
    path, _, anchor = link.partition("#")
    if "://" in path or path.startswith("mailto:"):
        return ""
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return f"{link} does not exist"
    return f"{link} has no such heading" if anchor and anchor not in anchors(target) else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    links = [one or other for one, other in LINK.findall(CODE.sub("", page.read_text()))]

    assert [found for link in links if (found := problem(page, link))] == []


def test_broken_links_are_noticed() -> None:
    page = ROOT / "docs" / "api.md"

    assert [problem(page, link) for link in ("nowhere.md", "gateway.md#nowhere", "../..")] == [
        "nowhere.md does not exist",
        "gateway.md#nowhere has no such heading",
        "../.. does not exist",
    ]
    assert [problem(page, link) for link in ("gateway.md#keys-and-limits", "https://example.org")] == ["", ""]
