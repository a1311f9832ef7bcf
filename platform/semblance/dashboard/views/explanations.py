"""Why a picture is where it is: each extractor's distance, weight and contribution."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from semblance.dashboard.access import Page, search_for
from semblance.dashboard.bars import bars
from semblance.search.domain.searches import get_round
from semblance.search.queries import visible_results


class ExplanationView(Page):
    def get(self, request: Any, search: UUID, number: int, image: UUID) -> HttpResponse:
        found = search_for(request.user, search)
        round_ = get_round(search=found, number=number)
        result = get_object_or_404(visible_results(round_, request.user), image=image)
        bars_drawn = bars(result.explanation)
        context = {"search": found, "round": round_, "result": result, "bars": bars_drawn, "drawer": bool(request.htmx)}
        template = "dashboard/search/_explanation.html" if request.htmx else "dashboard/search/explanation.html"
        return render(request, template, context)
