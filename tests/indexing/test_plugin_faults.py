"""Plugins that return what the contract does not allow."""

from pathlib import Path

import pytest

from semblance.extractors import registry
from semblance.indexing.domain.jobs import request_indexing
from semblance.indexing.enums import JobState
from semblance.indexing.models import Feature, Job
from semblance.library.domain.images import store_image
from semblance.library.enums import ImageState
from semblance.library.models import Image
from tests.extractors.distributions import add_distribution, mean_module
from tests.factories import Work, make_collection, picture

pytestmark = pytest.mark.django_db
ODD_HEIGHT = 33


@pytest.mark.parametrize(
    ("faulty", "reason"),
    [("image.mean(axis=(0, 1)) * np.nan", "not finite"), ("image.mean(axis=(0, 1)) * 1e6", "half precision")],
)
def test_image_whose_vector_is_faulty_is_set_aside_alone(
    plugins_folder: Path, run_jobs: Work, faulty: str, reason: str
) -> None:
    line = (
        f"return np.array([{faulty} if image.shape[0] == {ODD_HEIGHT} else image.mean(axis=(0, 1))"
        " for image in images], dtype=np.float32)"
    )
    install(plugins_folder, line)
    collection = make_collection(extractors={"mean": 1.0})
    for number, height in enumerate([32, ODD_HEIGHT, 32]):
        data = picture(number, size=(48, height))
        store_image(collection=collection, data=data, filename=f"{height}.png", user=None)
    request_indexing(collection=collection, user=None)

    run_jobs()

    odd = Image.objects.get(height=ODD_HEIGHT)
    assert (Job.objects.get().state, Job.objects.get().failed) == (JobState.SUCCEEDED, 1)
    assert odd.state == ImageState.FAILED
    assert reason in odd.error
    assert Feature.objects.count() == 2


def test_vectors_of_another_dimension_are_not_stored(plugins_folder: Path, run_jobs: Work) -> None:
    install(plugins_folder, "return np.zeros((len(images), 4), np.float32)")
    collection = make_collection(extractors={"mean": 1.0})
    store_image(collection=collection, data=picture(1), filename="a.png", user=None)
    request_indexing(collection=collection, user=None)

    run_jobs()

    assert "mean returned shape (1, 4)" in Image.objects.get().error
    assert not Feature.objects.exists()


def install(folder: Path, line: str) -> None:
    source = mean_module("mean", {"return np": line})
    add_distribution(
        folder, name="mean-plugin", entry_points={"mean": "mean_plugin:Mean"}, modules={"mean_plugin": source}
    )
    registry.reload()
