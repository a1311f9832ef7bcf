"""Members of a collection."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from semblance.api.access import usable_collection
from semblance.api.idempotency import idempotent
from semblance.api.schema import operation
from semblance.api.serializers.collections import MemberRequestSerializer, MemberSerializer, RoleRequestSerializer
from semblance.api.views.base import View, representation
from semblance.common.errors import NotFound
from semblance.library.domain.members import add_member, change_role, remove_member
from semblance.library.enums import Role
from semblance.library.models import Membership


@extend_schema_view(
    get=operation("listMembers", "Members of a collection", answer=MemberSerializer(many=True), errors=[400, 403, 404])
)
class MemberListView(View, ListAPIView[Membership]):
    """Members, for owners."""

    serializer_class = MemberSerializer
    filter_backends = []
    queryset = Membership.objects.none()

    def get_queryset(self) -> QuerySet[Membership]:
        """Return the members."""
        collection = usable_collection(self.user, self.kwargs["collection"], Role.OWNER)
        return Membership.objects.filter(collection=collection).select_related("user")

    @operation(
        "addMember",
        "Let somebody in; a private collection becomes shared by that",
        body=MemberRequestSerializer,
        answer=MemberSerializer,
        status=201,
        creates=True,
        errors=[403, 404],
    )
    @idempotent()
    def post(self, _request: Request, collection: UUID) -> Response:
        """Add a member."""
        owned = usable_collection(self.user, collection, Role.OWNER)
        member = add_member(collection=owned, **self.validated(MemberRequestSerializer))
        return self.created(representation(MemberSerializer, member), "member", collection=collection, member=member.pk)


class MemberView(View):
    """One member, by id or username."""

    @operation(
        "updateMember",
        "Give a member another role",
        body=RoleRequestSerializer,
        answer=MemberSerializer,
        errors=[400, 403, 404, 409],
    )
    def patch(self, _request: Request, collection: UUID, member: str) -> Response:
        """Change a role."""
        found = self._member(collection, member)
        changed = change_role(membership=found, role=self.validated(RoleRequestSerializer)["role"])
        return Response(representation(MemberSerializer, changed))

    @operation("removeMember", "Show a member out", status=204, errors=[403, 404, 409])
    def delete(self, _request: Request, collection: UUID, member: str) -> Response:
        """Remove a member."""
        remove_member(membership=self._member(collection, member))
        return Response(status=204)

    def _member(self, collection: UUID, member: str) -> Membership:
        usable_collection(self.user, collection, Role.OWNER)
        members = Membership.objects.filter(collection=collection).select_related("user", "collection")
        found = members.filter(pk=pk).first() if (pk := _uuid(member)) else None
        found = found or members.filter(user__username=member).first()
        if found is None:
            raise NotFound("The collection has no such member.")
        return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
