"""Do work again: failed jobs, images that were set aside, images whose vectors are in doubt."""

from django.db import transaction
from django.db.models import QuerySet

from semblance.accounts.models import User
from semblance.common.errors import Conflict
from semblance.indexing.domain.jobs import request_indexing
from semblance.indexing.enums import JobKind
from semblance.indexing.models import Feature, Job
from semblance.library.enums import ImageState
from semblance.library.models import Collection, Image


def retry_job(*, job: Job, user: User | None) -> Job:
    """Take up a job that failed or was cancelled; what it had done is not done again."""
    if job.active:
        raise Conflict("This job has not ended yet; cancel it first.", code="job-active")
    if job.kind != JobKind.INDEX:
        raise Conflict(
            "Measurements are not taken up again: start a new one for the collection.", code="not-repeatable"
        )
    return request_indexing(collection=job.collection, user=user)


def retry_images(*, images: QuerySet[Image], user: User | None) -> list[Job]:
    """Give some of the images that were set aside another chance."""
    return _pending(images.filter(state=ImageState.FAILED), user)


def reindex_images(*, images: QuerySet[Image], user: User | None) -> list[Job]:
    """Compute the vectors of some images anew; until that is done searches do not find them."""
    with transaction.atomic():
        Feature.objects.filter(image__in=images.order_by().values("pk")).delete()
        return _pending(images, user)


def _pending(images: QuerySet[Image], user: User | None) -> list[Job]:
    with transaction.atomic():
        keys = images.order_by().values("collection")
        collections = list(Collection.objects.filter(pk__in=keys))
        Image.objects.filter(pk__in=images.order_by().values("pk")).update(state=ImageState.PENDING, error="")
        return [request_indexing(collection=collection, user=user) for collection in collections]
