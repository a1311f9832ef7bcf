"""Addresses of every page, with something on each."""

from dataclasses import dataclass
from urllib.parse import urlencode

from semblance.accounts.domain.keys import create_api_key
from semblance.accounts.models import User
from semblance.indexing.domain.jobs import request_indexing
from semblance.library.domain.members import add_member
from semblance.library.enums import ImageState, Role
from semblance.library.models import Collection, Image
from semblance.search.domain.evaluation import request_evaluation
from semblance.search.domain.searches import create_search, refine
from semblance.search.domain.votes import cast_votes
from semblance.search.models import Evaluation, Search
from tests.factories import Work, make_collection, make_image, make_user


@dataclass(frozen=True)
class World:
    """One person's collection with labels and failures, a search of two rounds, jobs and an evaluation."""

    user: User
    collection: Collection
    images: list[Image]
    search: Search
    evaluation: Evaluation

    def addresses(self) -> dict[str, str]:
        """Return every page of the dashboard by name."""
        collection, search, image = self.collection.pk, self.search.pk, self.images[0].pk
        job = self.collection.jobs.earliest("created").pk
        return {
            "home": "/",
            "collection": f"/collections/{collection}/",
            "collection narrowed to nothing": f"/collections/{collection}/?" + urlencode({"q": "nothing"}),
            "failed pictures": f"/collections/{collection}/?" + urlencode({"state": "failed"}),
            "new collection": "/collections/new/",
            "upload": f"/collections/{collection}/upload/",
            "settings": f"/collections/{collection}/settings/",
            "members": f"/collections/{collection}/members/",
            "delete": f"/collections/{collection}/delete/",
            "evaluations": f"/collections/{collection}/evaluations/",
            "evaluation": f"/collections/{collection}/evaluations/{self.evaluation.pk}/",
            "image": f"/images/{image}/",
            "failed image": f"/images/{self.images[-1].pk}/",
            "delete image": f"/images/{image}/delete/",
            "searches": "/searches/",
            "new search": "/searches/new/",
            "new search by an image": f"/searches/new/?image={image}",
            "first answer": f"/searches/{search}/rounds/0/",
            "round": f"/searches/{search}/",
            "explanation": f"/searches/{search}/rounds/1/results/{self.images[1].pk}/",
            "jobs": "/jobs/",
            "job": f"/jobs/{job}/",
            "account": "/account/",
            "password": "/accounts/password/change/",
            "sign out": "/accounts/logout/",
            "nothing there": "/nothing/",
        }


def make_world(user: User, run_jobs: Work) -> World:
    """Make everything that pages can show."""
    collection = make_collection(owner=user, name="Colors", description="Warm and cold ones.")
    images = [make_image(collection, seed=n, hue=20 * n, label="warm" if n < 6 else "cold") for n in range(12)]
    other = make_collection(owner=make_user("ben"), name="Ben's")
    make_image(other, seed=77)
    add_member(collection=other, username=user.username, role=Role.VIEWER)
    for each in (collection, other):
        request_indexing(collection=each, user=each.owner)
    run_jobs()
    Image.objects.filter(pk=images[-1].pk).update(state=ImageState.FAILED, error="The file is damaged: add it again.")
    search = create_search(user=user, collections=[collection.pk], image=images[0].pk)
    cast_votes(search=search, user=user, votes={images[1].pk: 1, images[2].pk: -1})
    refine(search=search)
    evaluation = request_evaluation(collection=collection, user=user, parameters={})
    run_jobs()
    evaluation.refresh_from_db()
    create_api_key(user=user, name="A program of mine")
    return World(user, collection, images, search, evaluation)
