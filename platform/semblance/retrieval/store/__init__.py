"""The one home of SQL on the feature table: a psycopg cursor in, arrays out.

Every function takes a psycopg 3 cursor of any kind, Django's wrapper included, and none depends on adapters registered
on its connection.
"""

from semblance.retrieval.store.packing import AnyCursor
from semblance.retrieval.store.reading import count, count_missing, mean, missing, sample, vectors
from semblance.retrieval.store.searching import Scope, distances
from semblance.retrieval.store.table import create_feature_table, drop_partition, ensure_partition, remove, write

__all__ = [
    "AnyCursor",
    "Scope",
    "count",
    "count_missing",
    "create_feature_table",
    "distances",
    "drop_partition",
    "ensure_partition",
    "mean",
    "missing",
    "remove",
    "sample",
    "vectors",
    "write",
]
