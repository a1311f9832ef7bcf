"""Published queries when a collection moves to a new feature space."""

from typing import Any

import pytest
from django.db.models.signals import post_save

from semblance.indexing.domain.jobs import request_indexing
from semblance.indexing.enums import SpaceState
from semblance.indexing.models import CollectionSpace, FeatureSpace
from semblance.library.domain.collections import update_collection
from semblance.library.enums import Visibility
from semblance.library.models import Collection
from semblance.search.domain.publishing import publish_search
from semblance.search.domain.searches import create_search
from semblance.search.models import QueryFeature, Search
from tests.factories import Work, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(collection: Collection) -> Search:
    update_collection(collection=collection, visibility=Visibility.PUBLIC)
    search = create_search(user=collection.owner, collections=[collection.pk], file=picture(77, hue=92))
    publish_search(search=search)
    return search


def known(search: Search, space: CollectionSpace) -> bool:
    return QueryFeature.objects.filter(search=search, space=space.space_id).exists()


def test_published_query_is_in_the_new_space_before_it_serves(
    collection: Collection, published: Search, run_jobs: Work
) -> None:
    FeatureSpace.objects.update(version="0 (old)")
    old = CollectionSpace.objects.get()
    at_the_switch: list[bool] = []

    def look(instance: CollectionSpace, update_fields: Any, **_: Any) -> None:
        if instance.state == SpaceState.SERVING and instance.pk != old.pk and "state" in (update_fields or ()):
            at_the_switch.append(known(published, instance))

    post_save.connect(look, sender=CollectionSpace)
    try:
        request_indexing(collection=collection, user=None)
        run_jobs()
    finally:
        post_save.disconnect(look, sender=CollectionSpace)

    assert at_the_switch == [True]
    assert CollectionSpace.objects.get().pk != old.pk


def test_query_that_could_not_be_computed_is_computed_with_the_next_job(
    collection: Collection, published: Search, run_jobs: Work
) -> None:
    QueryFeature.objects.all().delete()
    request_indexing(collection=collection, user=None)

    run_jobs()

    assert known(published, CollectionSpace.objects.get())


def test_lost_picture_of_a_published_query_fails_no_job(
    collection: Collection, published: Search, run_jobs: Work, caplog: pytest.LogCaptureFixture
) -> None:
    QueryFeature.objects.all().delete()
    published.file.storage.delete(str(published.file.name))
    job = request_indexing(collection=collection, user=None)

    run_jobs()

    job.refresh_from_db()
    assert job.state == "succeeded"
    assert f"published query {published.pk} is not in feature space" in caplog.text
