"""Votes, rounds and publishing of a search."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ListSerializer

from semblance.api.access import own_search
from semblance.api.idempotency import Replay, idempotent
from semblance.api.presentation import as_votes, present_round
from semblance.api.schema import operation
from semblance.api.serializers.searches import (
    PublishedSerializer,
    RefineRequestSerializer,
    RoundAnswerSerializer,
    VoteSerializer,
)
from semblance.api.views.base import View, representation
from semblance.common.errors import NotFound
from semblance.search.domain.publishing import publish_search, withdraw_search
from semblance.search.domain.searches import branch, get_round, refine
from semblance.search.domain.votes import cast_votes
from semblance.search.models import PublishedQuery, Round, Search

MOST_VOTES = 1000


def _shown_round(view: View, search: Search, number: int) -> Mapping[str, Any]:
    return representation(RoundAnswerSerializer, present_round(get_round(search=search, number=number), view.user))


ROUND = Replay(
    keep=lambda answer: {"number": answer["number"]},
    show=lambda view, kept, search, **_where: _shown_round(view, own_search(view.user, search), kept["number"]),
)


class VotesView(View):
    """Votes at the current round."""

    @operation(
        "castVotes",
        "Vote on images, and get the votes that stand now",
        body=VoteSerializer(many=True),
        answer=VoteSerializer(many=True),
        errors=[400, 403, 404],
    )
    def put(self, request: Request, search: UUID) -> Response:
        """Write votes into the ledger."""
        found = own_search(self.user, search)
        form: ListSerializer[Any] = ListSerializer(child=VoteSerializer(), data=request.data, max_length=MOST_VOTES)
        form.is_valid(raise_exception=True)
        votes = {vote["image"]: vote["value"] for vote in form.validated_data}
        standing = cast_votes(search=found, user=self.user, votes=votes)
        return Response(VoteSerializer(as_votes(standing), many=True).data)


class RefineView(View):
    """Better answers."""

    @operation(
        "refineSearch",
        "Compute a new round from the original query and the standing votes",
        body=RefineRequestSerializer,
        answer=RoundAnswerSerializer,
        status=201,
        creates=True,
        errors=[403, 404, 503],
    )
    @idempotent(replay=ROUND)
    def post(self, _request: Request, search: UUID) -> Response:
        """Refine."""
        found = own_search(self.user, search)
        return _answered(self, found, refine(search=found, **self.validated(RefineRequestSerializer)))


class RoundView(View):
    """One round."""

    @operation("getRound", "A round with its answer", answer=RoundAnswerSerializer, errors=[404])
    def get(self, _request: Request, search: UUID, number: int) -> Response:
        """Look back."""
        return Response(_shown_round(self, own_search(self.user, search), number))


class BranchView(View):
    """Going on from an earlier round."""

    @operation(
        "branchSearch",
        "Go on from an earlier round: its answer and votes hold, later votes do not",
        answer=RoundAnswerSerializer,
        status=201,
        creates=True,
        errors=[403, 404],
    )
    @idempotent(replay=ROUND)
    def post(self, _request: Request, search: UUID, number: int) -> Response:
        """Branch."""
        found = own_search(self.user, search)
        return _answered(self, found, branch(search=found, number=number))


class PublishView(View):
    """The search as an address of the gateway."""

    @operation(
        "publishSearch",
        "Let the gateway answer this query as it stands at the current round",
        answer=PublishedSerializer,
        status=201,
        creates=True,
        errors=[403, 404],
    )
    @idempotent()
    def post(self, _request: Request, search: UUID) -> Response:
        """Publish."""
        published = publish_search(search=own_search(self.user, search))
        return self.created(representation(PublishedSerializer, published), "publish", search=search)

    @operation("withdrawSearch", "Make the gateway's address answer nothing", status=204, errors=[403, 404])
    def delete(self, _request: Request, search: UUID) -> Response:
        """Withdraw."""
        found = own_search(self.user, search)
        if not PublishedQuery.objects.filter(search=found).exists():
            raise NotFound("This search is not published.")
        withdraw_search(search=found)
        return Response(status=204)


def _answered(view: View, search: Search, round_: Round) -> Response:
    answer = representation(RoundAnswerSerializer, present_round(round_, view.user))
    return view.created(answer, "round", search=search.pk, number=round_.number)
