"""Search by a picture, by an image, or by examples alone."""

import json
from collections.abc import Mapping
from typing import Any, Final

from apiflask import APIBlueprint
from flask import request
from pydantic import ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from flask_gateway.errors import BadFields
from flask_gateway.presentation import answer_out
from flask_gateway.schemas import Answer, Question
from flask_gateway.service import searcher
from semblance.common.errors import InvalidInput

LISTS: Final = ("positive", "negative")
TEXTS: Final = ("image", "strategy", "limit", "offset")

blueprint = APIBlueprint("search", __name__, url_prefix="/v1/collections", tag="Search")


@blueprint.post("/<slug:slug>/search")
@blueprint.output(Answer)
@blueprint.doc(responses={400: "Invalid input", 413: "Too large", 415: "Neither JSON nor a form"})
def search(slug: str) -> Answer:
    """Find similar images in a public collection.

    Send a picture as the part `file` of a multipart form, or name an `image`, or give `positive` examples alone: then
    their mean is the query. Examples refine the query (`strategy`); nothing is kept, so send them each time. The query
    image itself is left out of the results.
    """
    picture = _picture()
    question = _question(with_picture=picture is not None)
    found = searcher().search(slug, question, picture)
    return answer_out(found, limit=question.limit, offset=question.offset)


def _picture() -> bytes | None:
    file = request.files.get("file")
    return None if file is None else file.read()


def _question(*, with_picture: bool) -> Question:
    values = _json() if request.is_json else _form()
    try:
        question = Question.model_validate(values)
    except ValidationError as error:
        raise BadFields(error) from error
    if with_picture and question.image:
        raise _one_query("Give either a picture (file) or an image, not both.")
    if not (with_picture or question.image or question.positive):
        raise _one_query("Give a picture (file), an image, or positive examples to search by.")
    return question


def _one_query(message: str) -> InvalidInput:
    return InvalidInput(message, fields={"image": [message]})


def _json() -> Any:
    try:
        return request.get_json()
    except RecursionError as error:
        raise InvalidInput("The JSON document is nested too deeply.") from error


def _form() -> Mapping[str, Any]:
    """Read a form: lists as repeated parts or as JSON, weights as JSON."""
    if request.mimetype not in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        raise UnsupportedMediaType("Send application/json or multipart/form-data.")
    form = request.form
    values: dict[str, Any] = {name: form[name] for name in TEXTS if form.get(name)}
    for name in LISTS:
        values[name] = [item for text in form.getlist(name) for item in _items(name, text)]
    if form.get("weights"):
        values["weights"] = _structure("weights", form["weights"])
    return values


def _items(name: str, text: str) -> list[Any]:
    if not text.lstrip().startswith("["):
        return [text] if text else []
    return list(_structure(name, text))


def _structure(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        message = "This must be JSON."
        raise InvalidInput(f"{name}: {message}", fields={name: [message]}) from error
