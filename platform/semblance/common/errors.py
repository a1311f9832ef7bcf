"""Errors that may reach a user: each names the cause and the cure in one sentence."""

from collections.abc import Mapping, Sequence


class SemblanceError(Exception):
    """Base of every error with a message made for people.

    Attributes
    ----------
    code : str
        Stable, kebab-case, for programs.
    status : int
        The HTTP status a face answers with.
    fields : mapping of str to list of str
        Messages per input field, where the cause lies in one.
    """

    code = "error"
    status = 400

    def __init__(
        self, detail: str, *, code: str | None = None, fields: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.fields = {name: list(messages) for name, messages in (fields or {}).items()}


class InvalidInput(SemblanceError):
    """What was asked for makes no sense as it stands."""

    code = "invalid"


class ImageRejected(InvalidInput):
    """Bytes that are not an image we take: ``code`` is one of the ``REJECTIONS`` of :mod:`semblance.common.images`."""


class NotAllowed(SemblanceError):
    """The caller may see the thing but not do this to it."""

    code = "forbidden"
    status = 403


class NotFound(SemblanceError):
    """There is no such thing, or the caller may not know of it."""

    code = "not-found"
    status = 404


class Conflict(SemblanceError):
    """The request contradicts the present state."""

    code = "conflict"
    status = 409


class Unavailable(SemblanceError):
    """A part that is needed is not there at the moment: weights, the extraction service, the database."""

    code = "unavailable"
    status = 503
