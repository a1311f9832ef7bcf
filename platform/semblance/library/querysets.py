"""Who may see which collections and images: the only home of that rule."""

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, Count, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from semblance.library.enums import ImageState, Role, Visibility

if TYPE_CHECKING:
    from semblance.accounts.models import User

NOBODY = 0


def _reach(user: "User | AnonymousUser", role: Role) -> Q:
    """Build the condition under which `user` has at least `role` on the collection that a Membership row belongs to."""
    active = Q(role=Role.OWNER) | Q(collection__visibility__in=[Visibility.SHARED, Visibility.PUBLIC])
    return Q(user_id=user.pk, role__gte=role) & active


def _memberships(user: "User | AnonymousUser", role: Role, collection: str) -> Any:
    return apps.get_model("library", "Membership").objects.filter(
        _reach(user, role), collection_id=OuterRef(collection)
    )


class CollectionQuerySet(models.QuerySet[Any]):
    """Collections."""

    def with_role(self, user: "User | AnonymousUser", role: Role) -> "CollectionQuerySet":
        """Keep what `user` may use with at least `role`."""
        allowed = Q(Exists(_memberships(user, role, "pk")))
        if role == Role.VIEWER:
            allowed |= Q(visibility=Visibility.PUBLIC)
        return self.filter(allowed)

    def visible_to(self, user: "User | AnonymousUser") -> "CollectionQuerySet":
        """Keep what `user` may look at."""
        return self.with_role(user, Role.VIEWER)

    def joined_by(self, user: "User | AnonymousUser") -> "CollectionQuerySet":
        """Keep what `user` owns or was let into and may look at."""
        return self.filter(Exists(_memberships(user, Role.VIEWER, "pk")))

    def public_beyond(self, user: "User | AnonymousUser") -> "CollectionQuerySet":
        """Keep what `user` may look at only because everybody may."""
        return self.filter(~Exists(_memberships(user, Role.VIEWER, "pk")), visibility=Visibility.PUBLIC)

    def with_roles_of(self, user: "User | AnonymousUser") -> "CollectionQuerySet":
        """Annotate `role_value`, the role `user` has on each collection (0: none)."""
        member = Subquery(_memberships(user, Role.VIEWER, "pk").values("role")[:1])
        public = Case(When(visibility=Visibility.PUBLIC, then=Value(int(Role.VIEWER))), default=Value(NOBODY))
        annotated: CollectionQuerySet = self.annotate(role_value=Coalesce(member, public))
        return annotated

    def with_counts(self) -> "CollectionQuerySet":
        """Annotate image counts by state, one grouped pass over an index a collection."""
        states = [("images", None), *((state.value, state) for state in ImageState)]
        annotated: CollectionQuerySet = self.annotate(**{f"{name}_count": _count(state) for name, state in states})
        return annotated


def _count(state: ImageState | None) -> Any:
    images = apps.get_model("library", "Image").objects.filter(collection_id=OuterRef("pk"))
    if state is not None:
        images = images.filter(state=state)
    counted = images.order_by().values("collection_id").annotate(n=Count("*")).values("n")
    return Coalesce(Subquery(counted), 0)


class ImageQuerySet(models.QuerySet[Any]):
    """Images."""

    def visible_to(self, user: "User | AnonymousUser") -> "ImageQuerySet":
        """Keep images of collections that `user` may look at."""
        return self.with_role(user, Role.VIEWER)

    def with_role(self, user: "User | AnonymousUser", role: Role) -> "ImageQuerySet":
        """Keep images of collections that `user` may use with at least `role`."""
        allowed = Q(Exists(_memberships(user, role, "collection_id")))
        if role == Role.VIEWER:
            allowed |= Q(collection__visibility=Visibility.PUBLIC)
        return self.filter(allowed)

    def matching(
        self, *, label: str | None = None, tag: str | None = None, state: str | None = None, text: str | None = None
    ) -> "ImageQuerySet":
        """Narrow by label, tag, state, and text in filename, label or tags."""
        images = self
        if label is not None:
            images = images.filter(label=label)
        if tag:
            images = images.filter(tags__contains=[tag])
        if state:
            images = images.filter(state=state)
        if text:
            images = images.filter(Q(filename__icontains=text) | Q(label__icontains=text) | Q(tags__contains=[text]))
        return images
