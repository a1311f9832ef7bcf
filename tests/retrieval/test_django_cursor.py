from uuid import uuid4

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from semblance.retrieval import store
from semblance.retrieval.distances import Probe
from semblance.retrieval.store import Scope
from semblance.retrieval.types import Filters, Relations


@pytest.mark.django_db
def test_store_takes_the_cursor_that_django_debugs_with() -> None:
    scope = Scope(1, [uuid4()], Filters(labels=["a"], tags=["b"], metadata={"c": 1}), [uuid4()])
    probe = Probe("cosine", np.ones(3, np.float32), np.zeros(3, np.float32))

    with CaptureQueriesContext(connection) as queries, connection.cursor() as cursor:
        ids, distances = store.distances(cursor, Relations(), scope, probe)
        missing = store.missing(cursor, [1, 2], uuid4())

    assert (len(ids), len(distances), missing) == (0, 0, [])
    assert len(queries) == 2
    assert all(isinstance(query["sql"], str) for query in queries)
