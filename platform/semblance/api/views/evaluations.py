"""Measure retrieval on a collection's labels."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from semblance.api.access import usable_collection
from semblance.api.idempotency import idempotent
from semblance.api.schema import operation
from semblance.api.serializers.jobs import EvaluationRequestSerializer, EvaluationSerializer
from semblance.api.views.base import View, representation
from semblance.common.errors import NotFound
from semblance.library.enums import Role
from semblance.library.models import Collection
from semblance.search.domain.evaluation import request_evaluation
from semblance.search.models import Evaluation


@extend_schema_view(
    get=operation(
        "listEvaluations", "Evaluations of a collection", answer=EvaluationSerializer(many=True), errors=[400, 404]
    )
)
class EvaluationListView(View, ListAPIView[Evaluation]):
    """Evaluations of one collection; whoever may look at it may read them."""

    serializer_class = EvaluationSerializer
    filter_backends = []
    queryset = Evaluation.objects.none()

    def get_queryset(self) -> QuerySet[Evaluation]:
        """Return the evaluations."""
        return _evaluations(usable_collection(self.user, self.kwargs["collection"]))

    @operation(
        "createEvaluation",
        "Measure retrieval on the collection's labels, as a job",
        body=EvaluationRequestSerializer,
        answer=EvaluationSerializer,
        status=202,
        creates=True,
        errors=[403, 404, 503],
    )
    @idempotent()
    def post(self, _request: Request, collection: UUID) -> Response:
        """Ask for an evaluation."""
        target = usable_collection(self.user, collection, Role.EDITOR)
        parameters = self.validated(EvaluationRequestSerializer)
        evaluation = request_evaluation(collection=target, user=self.user, parameters=parameters)
        return self.created(representation(EvaluationSerializer, evaluation), "job", status=202, job=evaluation.job_id)


class EvaluationView(View):
    """One evaluation."""

    @operation("getEvaluation", "Figures and curves of an evaluation", answer=EvaluationSerializer, errors=[404])
    def get(self, _request: Request, collection: UUID, evaluation: UUID) -> Response:
        """Show an evaluation."""
        found = _evaluations(usable_collection(self.user, collection)).filter(pk=evaluation).first()
        if found is None:
            raise NotFound("The collection has no such evaluation.")
        return Response(representation(EvaluationSerializer, found))


def _evaluations(collection: Collection) -> QuerySet[Evaluation]:
    return Evaluation.objects.filter(collection=collection).select_related("job")
