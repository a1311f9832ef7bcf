"""Who is asking and what they may reach: what they may not see is not there, what they may not do says whom to ask."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render, resolve_url
from django.views import View
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from semblance.accounts.models import User
from semblance.common.errors import NotAllowed, NotFound, SemblanceError
from semblance.library.enums import Role
from semblance.library.models import Collection, Image
from semblance.search.models import Search
from semblance.search.queries import searches_for


class UserRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    htmx: HtmxDetails


class Page(LoginRequiredMixin, View):
    """A page for people who are signed in; errors made for people become pages or notices."""

    request: UserRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer, and turn our own errors into something to read."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except NotFound as error:
            raise Http404(error.detail) from error
        except SemblanceError as error:
            return problem(request, error)

    def handle_no_permission(self) -> Any:
        """Send somebody whose session is over to sign in: the whole page, not the part that asked."""
        response = super().handle_no_permission()
        if not getattr(self.request, "htmx", False):
            return response
        here = self.request.htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': here})}")


def problem(request: HttpRequest, error: SemblanceError) -> HttpResponse:
    """Say what happened: in place for a part of a page, on a page of its own otherwise."""
    if getattr(request, "htmx", False):
        response = render(request, "dashboard/_notice.html", {"text": error.detail}, status=error.status)
        response["HX-Retarget"], response["HX-Reswap"] = "#notices", "beforeend"
        return response
    return render(request, "dashboard/problem.html", {"error": error}, status=error.status)


def collection_for(user: User, pk: UUID, role: Role = Role.VIEWER) -> Collection:
    """Return a collection that `user` may see, and may use with `role`; it carries `role_value`."""
    visible = Collection.objects.visible_to(user).with_roles_of(user).select_related("owner")
    collection: Collection = get_object_or_404(visible, pk=pk)
    if collection.role_value < role:  # type: ignore[attr-defined]
        raise NotAllowed(
            f"You may look at “{collection.name}”, but this needs the role of {role.label}: ask {collection.owner},"
            " who owns it."
        )
    return collection


def image_for(user: User, pk: UUID, role: Role = Role.VIEWER) -> Image:
    """Return an image of a collection that `user` may see, and may use with `role`."""
    image: Image = get_object_or_404(Image.objects.visible_to(user), pk=pk)
    image.collection = collection_for(user, image.collection_id, role)
    return image


def search_for(user: User, pk: UUID) -> Search:
    """Return one of the user's own searches."""
    return get_object_or_404(searches_for(user), pk=pk)
