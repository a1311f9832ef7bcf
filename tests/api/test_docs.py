"""docs/api.md holds every operation, with an example that works."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from semblance.accounts.domain.keys import create_api_key
from semblance.accounts.domain.tokens import issue_token
from semblance.indexing.domain.jobs import request_indexing
from semblance.library.domain.members import add_member
from semblance.library.enums import Role, Visibility
from semblance.search.domain.evaluation import request_evaluation
from semblance.search.domain.publishing import publish_search
from semblance.search.domain.searches import create_search
from semblance.settings.env import PROJECT_DIR
from tests.api.conformance import description
from tests.factories import make_collection, make_image, make_user, picture

SECTION = re.compile(r"^### `([A-Z]+) (/\S+)`\n(.*?)(?=^##)", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def sections() -> dict[tuple[str, str], list[str]]:
    """Return the examples by verb and path."""
    text = (PROJECT_DIR / "docs" / "api.md").read_text(encoding="utf-8") + "\n##"
    return {(verb, path): EXAMPLE.findall(body) for verb, path, body in SECTION.findall(text)}


def test_docs_hold_every_operation_with_an_example():
    operations = {
        (verb.upper(), path.removeprefix("/api/v1")) for path, verbs in description()["paths"].items() for verb in verbs
    }

    documented = sections()

    assert set(documented) == operations
    assert [place for place, examples in documented.items() if not examples] == []


def world(run_jobs) -> dict[str, str]:
    """Make what the variables of the examples stand for."""
    owner = make_user()
    collection = make_collection(owner, visibility=Visibility.PUBLIC)
    member = add_member(collection=collection, username=make_user().username, role=Role.VIEWER)
    images = [make_image(collection, label=label) for label in ("beach", "beach", "hill", "hill")]
    request_indexing(collection=collection, user=owner)
    run_jobs()
    search = create_search(user=owner, collections=[collection.pk], image=images[0].pk)
    publish_search(search=search)
    ids = {
        "KEY": create_api_key(user=owner, name="x")[0].pk,
        "COLLECTION": collection.pk,
        "MEMBER": member.pk,
        "IMAGE": images[1].pk,
        "JOB": request_indexing(collection=collection, user=owner).pk,
        "SEARCH": search.pk,
        "EVALUATION": request_evaluation(collection=collection, user=owner, parameters={}).pk,
    }
    return {"AUTH": f"Authorization: Token {issue_token(user=owner)}", **{name: str(pk) for name, pk in ids.items()}}


def answered(example: str, variables: dict[str, str], folder: Path) -> tuple[str, str]:
    """Run an example and return its status and what else came."""
    command = example.replace("curl ", "curl -sS --write-out '\\n%{http_code}' ", 1)
    done = subprocess.run(  # noqa: S602
        command,
        shell=True,
        executable="/bin/bash",
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    body, status = done.stdout.rsplit("\n", 1)
    return status, body


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples need curl")
@pytest.mark.django_db(transaction=True)
def test_examples_of_the_docs_work(live_server, run_jobs, tmp_path):
    (tmp_path / "photo.jpg").write_bytes(picture(form="JPEG"))
    (tmp_path / "other.jpg").write_bytes(picture(form="JPEG"))
    make_user("demo")
    make_user("grace")
    base = {"API": f"{live_server.url}/api/v1", "PATH": "/usr/bin:/bin"}
    shared = world(run_jobs)

    failures = []
    for (verb, path), examples in sections().items():
        variables = base | (world(run_jobs) if verb == "DELETE" else shared)
        for example in examples:
            status, body = answered(example, variables, tmp_path)
            if not status.startswith("2"):
                failures.append(f"{verb} {path}: {status} {body}")

    assert failures == []
    assert (tmp_path / "thumbnail.jpg").read_bytes().startswith(b"\xff\xd8")
