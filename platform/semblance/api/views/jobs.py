"""Jobs: ask for, follow, cancel."""

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from semblance.api.access import usable_collection, usable_job
from semblance.api.idempotency import idempotent
from semblance.api.schema import operation
from semblance.api.serializers.jobs import JobRequestSerializer, JobSerializer
from semblance.api.views.base import View, representation
from semblance.indexing.domain.jobs import cancel_job, request_indexing, retry_failed
from semblance.indexing.models import Job
from semblance.library.enums import Role


@extend_schema_view(
    get=operation("listJobs", "Jobs of a collection", answer=JobSerializer(many=True), errors=[400, 403, 404])
)
class JobListView(View, ListAPIView[Job]):
    """Jobs of one collection, for editors."""

    serializer_class = JobSerializer
    filter_backends = []
    queryset = Job.objects.none()

    def get_queryset(self) -> QuerySet[Job]:
        """Return the jobs."""
        return Job.objects.filter(collection=usable_collection(self.user, self.kwargs["collection"], Role.EDITOR))

    @operation(
        "createJob",
        "Compute the features that are missing",
        body=JobRequestSerializer,
        answer=JobSerializer,
        status=202,
        creates=True,
        errors=[403, 404],
    )
    @idempotent()
    def post(self, _request: Request, collection: UUID) -> Response:
        """Ask for an index job; one that still waits serves this request too."""
        target = usable_collection(self.user, collection, Role.EDITOR)
        ask = retry_failed if self.validated(JobRequestSerializer)["retry_failed"] else request_indexing
        job = ask(collection=target, user=self.user)
        return self.created(representation(JobSerializer, job), "job", status=202, job=job.pk)


class JobView(View):
    """One job."""

    @operation("getJob", "A job and its progress", answer=JobSerializer, errors=[404])
    def get(self, _request: Request, job: UUID) -> Response:
        """Show a job."""
        return Response(representation(JobSerializer, usable_job(self.user, job)))

    @operation("cancelJob", "Stop a job; what it has done stays", status=204, errors=[403, 404, 409])
    def delete(self, _request: Request, job: UUID) -> Response:
        """Cancel a job."""
        cancel_job(job=usable_job(self.user, job))
        return Response(status=204)
