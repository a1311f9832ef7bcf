"""Measure how well a collection is searched, and look at the figures."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from semblance.common.errors import SemblanceError
from semblance.dashboard.access import Page, collection_for
from semblance.dashboard.charts import MEASURES, class_bars, measure_rows, recall_lines, round_line
from semblance.dashboard.forms import EvaluationForm, complain
from semblance.library.enums import Role
from semblance.library.models import Collection
from semblance.search.domain.evaluation import request_evaluation
from semblance.search.models import Evaluation

SHOWN = 50


class EvaluationListView(Page):
    def get(self, request: Any, collection: UUID) -> HttpResponse:
        return self._page(collection_for(request.user, collection), EvaluationForm())

    def post(self, request: Any, collection: UUID) -> HttpResponse:
        found = collection_for(request.user, collection, Role.EDITOR)
        form = EvaluationForm(request.POST)
        if form.is_valid():
            try:
                asked = request_evaluation(collection=found, user=request.user, parameters=form.parameters())
            except SemblanceError as error:
                complain(form, error)
            else:
                return redirect("dashboard:evaluation", found.pk, asked.pk)
        return self._page(found, form, status=422)

    def _page(self, collection: Collection, form: EvaluationForm, status: int = 200) -> HttpResponse:
        evaluations = collection.evaluations.select_related("job").defer("result")[:SHOWN]
        context = {"collection": collection, "form": form, "evaluations": evaluations, "roles": Role}
        return render(self.request, "dashboard/evaluations/list.html", context, status=status)


class EvaluationView(Page):
    def get(self, request: Any, collection: UUID, evaluation: UUID) -> HttpResponse:
        found = collection_for(request.user, collection)
        asked = get_object_or_404(Evaluation.objects.select_related("job"), collection=found, pk=evaluation)
        context = {"collection": found, "evaluation": asked, "job": asked.job, **_figures(asked)}
        template = "dashboard/evaluations/_figures.html" if request.htmx else "dashboard/evaluations/detail.html"
        return render(request, template, context)


def _figures(evaluation: Evaluation) -> dict[str, Any]:
    result = evaluation.result
    if not result:
        return {}
    if result["protocol"] == "control":
        return {"rounds": result["rounds"], "line": round_line(result)}
    return {
        "measures": MEASURES.values(),
        "rows": measure_rows(result),
        "lines": recall_lines(result),
        "classes": class_bars(result),
    }
