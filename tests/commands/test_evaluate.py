import pytest

from semblance.indexing.models import Job
from tests.commands.conftest import Manage
from tests.evaluation.clusters import clustered_collection
from tests.factories import make_collection, make_image


def test_wang_document_holds_plain_and_centred_figures(manage: Manage) -> None:
    clustered_collection(name="birds", classes=3, each=6)

    ran = manage("evaluate", "birds", "--json")

    document = ran.document
    assert ran.code == 0
    assert (document["protocol"], document["collection"], document["images"], document["queries"]) == (
        "wang", "birds", 18, 18,
    )  # fmt: skip
    for figures in (
        *document["extractors"]["random"].values(),
        document["fused"]["plain"],
        document["fused"]["centred"],
    ):
        low, high = figures["intervals"]["map"]
        assert 0 <= low <= figures["map"] <= high <= 100
        assert set(figures["classes"]) == {"class 0", "class 1", "class 2"}
    assert not Job.objects.exists()


def test_wang_prints_a_line_a_way(manage: Manage) -> None:
    clustered_collection(name="birds", classes=2, each=4, spread=0.01)

    ran = manage("evaluate", "birds")

    lines = ran.out.splitlines()
    assert lines[0] == "8 queries among 8 images, 2 classes; percent."
    assert [line.split()[:3] for line in lines[2:]] == [
        ["random", "plain", "100.00"],
        ["random", "centred", "100.00"],
        ["fused", "plain", "100.00"],
        ["fused", "centred", "100.00"],
    ]
    assert "Evaluating birds: 8 of 8" in ran.err


def test_feedback_means_the_control_protocol(manage: Manage) -> None:
    clustered_collection(name="birds", classes=2, each=8)

    ran = manage("evaluate", "birds", "--feedback", "rocchio", "--rounds", 2, "--salts", 1, "--json")

    assert ran.document["protocol"] == "control"
    assert ran.document["feedback"] == "rocchio"
    assert [row["round"] for row in ran.document["rounds"]] == [0, 1, 2]
    assert {"map", "interval", "gain", "harmed", "salts"} <= set(ran.document["rounds"][0])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["none"], "There is no collection “none”; there are: bare, birds."),
        (["bare"], "The images of “bare” have no labels: label them, or import them with --label-from-folder."),
        (["birds", "--extractors", "x"], "“birds” is not indexed by x; it is by random."),
        (["birds", "--feedback", "x"], None),
        (["birds", "--rounds", "0"], "The number of rounds is 1 to 20."),
        (["birds", "--queries", "0"], "The number of queries is 1 to 1000000."),
        (
            ["birds", "--protocol", "wang", "--feedback", "rocchio"],
            "The wang protocol asks without feedback; measure a method with the protocol control.",
        ),
    ],
)
def test_mistake_is_one_line(manage: Manage, words: list[str], message: str | None) -> None:
    clustered_collection(name="birds", classes=2, each=2)
    make_image(make_collection(name="bare"))

    ran = manage("evaluate", *words)

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith(f"Error: {message}\n" if message else "Error: Feedback methods are ")
