"""Nothing of one person reaches another by a search, a round, a vote or a job, until it is shared."""

import json
from collections.abc import Callable
from uuid import uuid4

import pytest

from semblance.accounts.models import User
from semblance.common.errors import Conflict, NotFound
from semblance.indexing.domain.jobs import request_indexing
from semblance.indexing.queries import active_jobs_for, jobs_for
from semblance.library.domain.collections import update_collection
from semblance.library.domain.members import add_member, remove_member
from semblance.library.enums import Role, Visibility
from semblance.library.models import Collection, Image, Membership
from semblance.search.domain.neighbours import nearest_images
from semblance.search.domain.options import SearchOptions
from semblance.search.domain.repeats import repeat_search
from semblance.search.domain.searches import create_search, refine
from semblance.search.domain.votes import cast_votes
from semblance.search.models import Search
from semblance.search.queries import searches_for, visible_results
from tests.factories import Work, make_collection, make_image, make_user, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def indexed(run_jobs: Work) -> Callable[..., Collection]:
    """Make a collection of pictures of these hues, ready to be searched."""

    def make(owner: User | None = None, hues: tuple[int, ...] = (0, 40, 80, 120), **values: object) -> Collection:
        collection = make_collection(owner, **values)
        for hue in hues:
            make_image(collection, seed=hue, hue=hue)
        request_indexing(collection=collection, user=collection.owner)
        run_jobs()
        return collection

    return make


def answer(search: Search) -> str:
    """Return all that the newest round says, to the last digit."""
    results = search.rounds.get(number=search.current_round).results.order_by("rank")
    return json.dumps(list(results.values_list("rank", "image_id", "score", "distance", "explanation")), default=str)


def collections_of_results(search: Search) -> set[Collection]:
    round_ = search.rounds.get(number=search.current_round)
    return {result.image.collection for result in round_.results.select_related("image__collection")}


def share(collection: Collection, user: User, role: Role = Role.VIEWER) -> Membership:
    return add_member(collection=collection, username=user.username, role=role)


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.SHARED, Visibility.PUBLIC])
def test_other_peoples_images_leave_my_results_as_they_are(
    indexed: Callable[..., Collection], run_jobs: Work, visibility: str
) -> None:
    mine = indexed()
    query = picture(7, hue=42)

    def ask() -> tuple[str, str]:
        search = create_search(user=mine.owner, collections=[mine.pk], file=query)
        plain = answer(search)
        first, last = search.rounds.get().results.first(), search.rounds.get().results.last()
        assert first is not None
        assert last is not None
        cast_votes(search=search, user=mine.owner, votes={first.image_id: 1, last.image_id: -1})
        refine(search=search)
        return plain, answer(search)

    before = ask()
    indexed(hues=(41, 42, 43, 200, 220), visibility=visibility)

    assert ask() == before
    assert before[0] != before[1]


def test_search_finds_nothing_outside_the_collections_it_names(indexed: Callable[..., Collection]) -> None:
    mine, public = indexed(), indexed(visibility=Visibility.PUBLIC)

    search = create_search(user=mine.owner, collections=[mine.pk], file=picture(7, hue=42))

    assert collections_of_results(search) == {mine}
    assert collections_of_results(create_search(user=mine.owner, collections=[public.pk], file=picture(7))) == {public}


def test_hidden_collection_is_as_unknown_as_one_that_is_not_there(indexed: Callable[..., Collection]) -> None:
    hidden, nowhere, bert = indexed().pk, uuid4(), make_user()

    messages = []
    for key in (hidden, nowhere):
        with pytest.raises(NotFound) as refusal:
            create_search(user=bert, collections=[key], file=picture(1))
        messages.append(refusal.value.detail.replace(str(key), "…"))

    assert messages == ["There is no collection ….", "There is no collection …."]
    assert not Search.objects.exists()


def test_hidden_image_is_as_unknown_as_one_that_is_not_there(indexed: Callable[..., Collection]) -> None:
    hidden, mine = indexed(), indexed()
    secret, nowhere = Image.objects.filter(collection=hidden)[0].pk, uuid4()

    messages = []
    for key in (secret, nowhere):
        with pytest.raises(NotFound) as refusal:
            create_search(user=mine.owner, collections=[mine.pk], image=key)
        messages.append(refusal.value.detail.replace(str(key), "…"))

    assert messages == ["There is no image ….", "There is no image …."]


def test_search_among_several_is_refused_for_one_that_is_hidden(indexed: Callable[..., Collection]) -> None:
    mine, hidden = indexed(), indexed()

    with pytest.raises(NotFound):
        create_search(user=mine.owner, collections=[mine.pk, hidden.pk], file=picture(1))


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_every_role_may_search_what_is_shared_with_it(indexed: Callable[..., Collection], role: Role) -> None:
    shared, bert = indexed(), make_user()
    share(shared, bert, role)

    search = create_search(user=bert, collections=[shared.pk], image=Image.objects.filter(collection=shared)[0].pk)

    assert collections_of_results(search) == {shared}


def test_searches_are_their_users_own_even_where_the_collection_is_shared(indexed: Callable[..., Collection]) -> None:
    shared, bert = indexed(), make_user()
    share(shared, bert, Role.OWNER)

    hers = create_search(user=shared.owner, collections=[shared.pk], file=picture(1))
    his = create_search(user=bert, collections=[shared.pk], file=picture(1))

    assert list(searches_for(shared.owner)) == [hers]
    assert list(searches_for(bert)) == [his]
    assert list(searches_for(make_user())) == []


def test_votes_of_one_move_nothing_for_another(indexed: Callable[..., Collection]) -> None:
    shared, bert = indexed(), make_user()
    share(shared, bert)
    hers = create_search(user=shared.owner, collections=[shared.pk], file=picture(1, hue=42))
    his = create_search(user=bert, collections=[shared.pk], file=picture(1, hue=42))
    far = hers.rounds.get().results.last()
    assert far is not None

    refine(search=his)
    before = answer(his)
    cast_votes(search=hers, user=shared.owner, votes={far.image_id: 1})
    refine(search=hers)
    refine(search=his)

    assert answer(his) == before
    assert answer(hers) != before


def test_results_of_a_collection_no_longer_shared_are_gone(indexed: Callable[..., Collection]) -> None:
    shared, bert = indexed(), make_user()
    his = indexed(bert, hues=(10, 50))
    membership = share(shared, bert)
    search = create_search(user=bert, collections=[shared.pk, his.pk], file=picture(1, hue=42))
    everything = {result.image.collection for result in visible_results(search.rounds.get(), bert)}

    remove_member(membership=membership)

    left = {result.image.collection for result in visible_results(search.rounds.get(), bert)}
    assert (everything, left) == ({shared, his}, {his})
    refine(search=search)
    assert collections_of_results(search) == {his}


def test_votes_on_images_no_longer_shared_teach_nothing(indexed: Callable[..., Collection]) -> None:
    shared, bert = indexed(hues=(150, 160, 170)), make_user()
    his = indexed(bert)
    membership = share(shared, bert)
    alone = create_search(user=bert, collections=[his.pk], file=picture(1, hue=42))
    both = create_search(user=bert, collections=[shared.pk, his.pk], file=picture(1, hue=42))
    cast_votes(search=both, user=bert, votes={image.pk: 1 for image in Image.objects.filter(collection=shared)})

    remove_member(membership=membership)
    refine(search=both)

    assert answer(both) == answer(alone)


def test_search_of_nothing_one_may_still_see_says_so(indexed: Callable[..., Collection]) -> None:
    shared, bert = indexed(), make_user()
    membership = share(shared, bert)
    search = create_search(user=bert, collections=[shared.pk], file=picture(1))

    remove_member(membership=membership)

    with pytest.raises(Conflict):
        refine(search=search)
    assert list(visible_results(search.rounds.get(), bert)) == []


def test_image_no_longer_shared_is_no_query_any_more(indexed: Callable[..., Collection]) -> None:
    shared, bert = indexed(), make_user()
    his = indexed(bert)
    membership = share(shared, bert)
    secret = Image.objects.filter(collection=shared)[0]
    search = create_search(user=bert, collections=[his.pk], image=secret.pk)

    remove_member(membership=membership)

    with pytest.raises(NotFound):
        repeat_search(search=search, collections=[his.pk], crop=[0, 0, 0.5, 0.5], options=SearchOptions())


def test_image_no_longer_shared_gives_no_vectors_in_new_feature_spaces(indexed: Callable[..., Collection]) -> None:
    shared, bert = indexed(), make_user()
    his = indexed(bert)
    membership = share(shared, bert)
    search = create_search(user=bert, collections=[his.pk], image=Image.objects.filter(collection=shared)[0].pk)
    refine(search=search)

    remove_member(membership=membership)
    refine(search=search)
    search.features.all().delete()  # as if an extractor had a new version

    with pytest.raises(Conflict) as refusal:
        refine(search=search)
    assert refusal.value.code == "query-lost"


def test_vote_needs_an_image_one_may_still_see(indexed: Callable[..., Collection]) -> None:
    shared, bert = indexed(), make_user()
    membership = share(shared, bert)
    search = create_search(user=bert, collections=[shared.pk], file=picture(1))

    remove_member(membership=membership)

    with pytest.raises(NotFound):
        cast_votes(search=search, user=bert, votes={Image.objects.filter(collection=shared)[0].pk: 1})


def test_made_private_again_a_public_collection_is_out_of_reach(indexed: Callable[..., Collection]) -> None:
    public, bert = indexed(visibility=Visibility.PUBLIC), make_user()
    search = create_search(user=bert, collections=[public.pk], file=picture(1))
    assert len(visible_results(search.rounds.get(), bert)) == 4

    update_collection(collection=public, visibility=Visibility.PRIVATE)

    assert list(visible_results(search.rounds.get(), bert)) == []
    with pytest.raises(NotFound):
        create_search(user=bert, collections=[public.pk], file=picture(1))


def test_neighbours_are_of_the_same_collection(indexed: Callable[..., Collection]) -> None:
    mine = indexed()
    indexed(hues=(1, 2, 3))

    found = nearest_images(image=Image.objects.filter(collection=mine)[0])

    assert {image.collection for image in found} == {mine}


@pytest.mark.parametrize("visibility", [Visibility.SHARED, Visibility.PUBLIC])
def test_jobs_are_for_those_who_may_add_images(indexed: Callable[..., Collection], visibility: str) -> None:
    collection = indexed()
    people = {role: make_user() for role in Role}
    for role, user in people.items():
        share(collection, user, role)
    update_collection(collection=collection, visibility=visibility)
    waiting = request_indexing(collection=collection, user=None)

    for role, user in people.items():
        assert (waiting in jobs_for(user)) is (role >= Role.EDITOR)
        assert (waiting in active_jobs_for(user)) is (role >= Role.EDITOR)
    assert not jobs_for(make_user()).exists()
    assert jobs_for(collection.owner).count() == 2
