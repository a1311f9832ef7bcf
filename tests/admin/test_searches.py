"""Searches, rounds, votes, published queries and evaluations in the admin."""

import csv
from io import StringIO
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from semblance.library.domain.collections import update_collection
from semblance.search.domain.publishing import publish_search
from semblance.search.models import Evaluation, PublishedQuery, Round, Search, Vote
from tests.admin.conftest import World
from tests.admin.pages import address, run_action, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(world: World) -> PublishedQuery:
    update_collection(collection=world.collection, visibility="public")
    return publish_search(search=world.search)


@pytest.mark.parametrize("model", [Search, Round, Vote, PublishedQuery, Evaluation], ids=lambda model: model.__name__)
def test_history_is_neither_written_nor_erased_by_hand(
    root: Client, published: PublishedQuery, model: type[Model]
) -> None:
    row = model._default_manager.first()
    key = row.pk if row else "00000000-0000-0000-0000-000000000000"

    assert root.get(address(model, "add")).status_code == 403
    assert root.post(address(model, "change", key), {}).status_code in {302, 403}
    assert root.post(address(model, "delete", key), {"post": "yes"}).status_code in {302, 403}
    root.post(
        address(model, "changelist"), {"action": "delete_selected", "_selected_action": [key], "confirmed": "yes"}
    )
    assert model._default_manager.first() == row


def test_search_shows_its_rounds_and_a_round_its_results(root: Client, world: World) -> None:
    last = world.search.rounds.get(number=1)

    search_page = root.get(address(Search, "change", world.search.pk)).content.decode()
    round_page = root.get(address(Round, "change", last.pk)).content.decode()

    assert address(Round, "change", last.pk) in search_page
    for image in world.images[1:]:
        assert image.filename in round_page


def test_votes_are_searched_and_filtered(root: Client, world: World) -> None:
    liked, disliked = Vote.objects.get(value__gt=0), Vote.objects.get(value__lt=0)

    def found(**query: str) -> list[Vote]:
        return list(root.get(address(Vote, "changelist"), query).context["cl"].result_list)

    assert found(way="gt") == [liked]
    assert found(way="lt") == [disliked]
    assert found(way="exact") == []
    assert found(way="nonsense") == [disliked, liked]
    assert found(q=world.owner.username) == [disliked, liked]
    assert found(q=world.images[1].filename) == [liked]
    assert found(search__id__exact=str(world.search.pk)) == [disliked, liked]


def test_votes_are_exported_as_filtered(root: Client, world: World) -> None:
    answer: Any = root.get(address(Vote, "export"), {"way": "gt"})

    [row] = csv.DictReader(StringIO(answer.getvalue().decode()))
    assert (row["user__username"], row["image_id"], row["value"], row["round__number"]) == (
        world.owner.username,
        str(world.images[1].pk),
        "1.0",
        "0",
    )


def test_published_query_is_withdrawn(root: Client, published: PublishedQuery) -> None:
    answer = run_action(root, "withdraw", [published])

    assert said(answer) == ["Withdrawn: 1 published query."]
    assert not PublishedQuery.objects.exists()
    assert Search.objects.filter(pk=published.search_id).exists()
