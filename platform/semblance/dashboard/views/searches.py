"""Ask, look at a round, vote, refine, go back, branch."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from semblance.accounts.models import User
from semblance.common.errors import Conflict, InvalidInput, Unavailable
from semblance.common.images import DEFAULT_LIMITS
from semblance.dashboard.access import Page, image_for, search_for
from semblance.dashboard.forms import complain
from semblance.dashboard.history import recent_searches
from semblance.dashboard.rounds import RoundView, round_view
from semblance.dashboard.search_form import CROP, SearchForm
from semblance.library.models import Collection, Image
from semblance.search.domain.options import SearchOptions
from semblance.search.domain.removal import delete_search
from semblance.search.domain.repeats import repeat_search
from semblance.search.domain.searches import branch, create_search, refine
from semblance.search.domain.votes import cast_votes
from semblance.search.models import Search

HISTORY = 60


class SearchListView(Page):
    def get(self, request: Any) -> HttpResponse:
        context = {"searches": recent_searches(request.user)[:HISTORY], "section": "searches"}
        return render(request, "dashboard/search/history.html", context)


class SearchCreateView(Page):
    def get(self, request: Any) -> HttpResponse:
        image = image_for(request.user, UUID(request.GET["image"])) if _is_uuid(request.GET.get("image")) else None
        chosen = [pk for pk in request.GET.getlist("collection") if _is_uuid(pk)]
        chosen = chosen or ([str(image.collection_id)] if image else [])
        form = SearchForm(user=request.user, initial={"image": image and image.pk})
        form.choose(chosen)
        return self._page(form, image=image)

    def post(self, request: Any) -> HttpResponse:
        form = SearchForm(request.POST, request.FILES, user=request.user)
        if form.is_valid():
            file, image = form.cleaned_data["file"], form.cleaned_data["image"]
            try:
                search = create_search(
                    user=request.user,
                    collections=form.chosen(),
                    file=file.read(DEFAULT_LIMITS.max_bytes + 1) if file else None,
                    image=None if file else image,
                    crop=form.crop(),
                    options=form.options(),
                )
            except (InvalidInput, Conflict, Unavailable) as error:
                complain(form, error)
            else:
                return redirect("dashboard:search", search.pk)
        asked = form.data.get("image")
        image = Image.objects.visible_to(request.user).filter(pk=asked).first() if _is_uuid(asked) else None
        return self._page(form, image=image, status=422)

    def _page(self, form: SearchForm, *, image: Any = None, status: int = 200) -> HttpResponse:
        context = {"form": form, "image": image, "section": "search"}
        return render(self.request, "dashboard/search/new.html", context, status=status)


class SimilarView(Page):
    """One click: find similar to this picture in the collections it was met in."""

    def post(self, request: Any) -> HttpResponse:
        image = image_for(request.user, _uuid(request.POST.get("image")))
        collections = [_uuid(pk) for pk in request.POST.getlist("collections")] or [image.collection_id]
        options = SearchOptions(limit=40)
        search = create_search(user=request.user, collections=collections, image=image.pk, options=options)
        return redirect("dashboard:search", search.pk)


class SearchView(Page):
    def get(self, request: Any, search: UUID, number: int | None = None) -> HttpResponse:
        found = search_for(request.user, search)
        view = round_view(found, found.current_round if number is None else number, request.user)
        context = _reachable(found, request.user) | {"view": view}
        if request.htmx and not request.htmx.history_restore_request:
            return render(request, "dashboard/search/_round.html", context)
        form = SearchForm(user=request.user, initial=_asked(found, view, context["looked_in"]))
        return render(request, "dashboard/search/round.html", context | {"form": form})


class SearchRepeatView(Page):
    """Ask again with the same picture: other weights, filters, collections or crop; the votes come along."""

    def post(self, request: Any, search: UUID) -> HttpResponse:
        found = search_for(request.user, search)
        form = SearchForm(request.POST, request.FILES, user=request.user)
        if form.is_valid():
            try:
                again = repeat_search(search=found, collections=form.chosen(), crop=form.crop(), options=form.options())
            except (InvalidInput, Conflict, Unavailable) as error:
                complain(form, error)
            else:
                return redirect("dashboard:search", again.pk)
        view = round_view(found, found.current_round, request.user)
        context = _reachable(found, request.user) | {"view": view, "form": form}
        return render(request, "dashboard/search/round.html", context, status=422)


class VoteView(Page):
    """Take votes: from a script one at a time, which gets the standing numbers, or from a plain form."""

    def post(self, request: Any, search: UUID, number: int) -> HttpResponse:
        found = search_for(request.user, search)
        number = _standing_on(found, number)
        votes = dict(_vote(entry) for entry in request.POST.getlist("vote"))
        standing = cast_votes(search=found, user=request.user, votes=votes)
        if request.headers.get("X-Requested-With") == "votes":
            response = HttpResponse(status=204)
            response["X-Round"] = reverse("dashboard:round", args=[found.pk, number])
            response["X-Standing"] = str(len(standing))
            return response
        return redirect("dashboard:round", found.pk, number)


class RefineView(Page):
    def post(self, request: Any, search: UUID, number: int) -> HttpResponse:
        found = search_for(request.user, search)
        _standing_on(found, number)
        refined = refine(search=found, method=request.POST.get("method") or None)
        return _shown(request, found, refined.number)


class BranchView(Page):
    def post(self, request: Any, search: UUID, number: int) -> HttpResponse:
        found = search_for(request.user, search)
        return _shown(request, found, branch(search=found, number=number).number)


class SearchDeleteView(Page):
    def post(self, request: Any, search: UUID) -> HttpResponse:
        delete_search(search=search_for(request.user, search))
        messages.success(request, "The search is deleted, with its votes.")
        return redirect("dashboard:searches")


def _shown(request: HttpRequest, search: Search, number: int) -> HttpResponse:
    return redirect("dashboard:round", search.pk, number)


def _standing_on(search: Search, number: int) -> int:
    """Return the round that votes and refinements belong to: the one looked at, taken up again where it is past."""
    return number if number == search.current_round else branch(search=search, number=number).number


def _vote(entry: str) -> tuple[UUID, float]:
    image, _, value = entry.partition(":")
    try:
        return _uuid(image), float(value)
    except ValueError as error:
        raise InvalidInput("A vote names a picture and a number from −1 to 1.") from error


def _reachable(search: Search, user: User) -> dict[str, Any]:
    """Return a search with what the user may still see of it: the query image and the collections."""
    collections = Collection.objects.visible_to(user).filter(searches=search)
    return {
        "search": search,
        "asked": Image.objects.visible_to(user).filter(pk=search.image_id).first(),
        "looked_in": [str(pk) for pk in collections.values_list("pk", flat=True)],
        "section": "search",
    }


def _asked(search: Search, view: RoundView, looked_in: list[str]) -> dict[str, Any]:
    sides = dict(zip(CROP, (round(share * 100, 2) for share in search.crop or ()), strict=False))
    return {
        "collections": looked_in,
        "label": ", ".join(search.filters.get("label", [])),
        "tag": ", ".join(search.filters.get("tags", [])),
        "method": search.method,
        "limit": search.limit,
        **{f"crop_{side}": percent for side, percent in sides.items()},
        **{f"weight-{name}": weight for name, weight in (search.weights or view.round.weights).items()},
    }


def _is_uuid(text: str | None) -> bool:
    try:
        UUID(text or "")
    except ValueError:
        return False
    return True


def _uuid(text: str | None) -> UUID:
    if not _is_uuid(text):
        raise InvalidInput("This does not name a picture or a collection.")
    return UUID(text)
