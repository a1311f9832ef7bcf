"""What the public gateway may see: views of public collections and published queries, and the role that reads them.

The views are the contract between the platform and the gateway. A view that changes its meaning gets a new name (`_v2`) and stays
beside the old one until no gateway asks for that; docs/decisions/ tells why.
"""

import logging

from django.db import migrations, models

ROLE = "semblance_gateway"

VIEWS = """
CREATE SCHEMA gateway;

CREATE VIEW gateway.collections_v1 WITH (security_barrier) AS
SELECT id, slug, name, description, extractors, created
FROM library_collection
WHERE visibility = 'public';

CREATE VIEW gateway.images_v1 WITH (security_barrier) AS
SELECT image.id, image.collection_id, image.filename, image.media_type, image.width, image.height, image.label,
       image.tags, image.metadata, image.state, image.created, image.original, image.thumbnail
FROM library_image AS image
JOIN library_collection AS collection ON collection.id = image.collection_id
WHERE collection.visibility = 'public';

CREATE VIEW gateway.features_v1 WITH (security_barrier) AS
SELECT feature.space_id, feature.collection_id, feature.image_id, feature.vector
FROM indexing_feature AS feature
JOIN library_collection AS collection ON collection.id = feature.collection_id
WHERE collection.visibility = 'public';

CREATE VIEW gateway.spaces_v1 WITH (security_barrier) AS
SELECT served.collection_id, served.space_id, served.state, served.count, served.mean, served.distance_mean,
       served.distance_deviation, space.extractor, space.version, space.weights_digest, space.dimension, space.distance
FROM indexing_collectionspace AS served
JOIN indexing_featurespace AS space ON space.id = served.space_id
JOIN library_collection AS collection ON collection.id = served.collection_id
WHERE collection.visibility = 'public';

CREATE VIEW gateway.api_keys_v1 WITH (security_barrier) AS
SELECT api_key.digest
FROM accounts_apikey AS api_key
JOIN accounts_user AS owner ON owner.id = api_key.user_id
WHERE owner.is_active;

CREATE VIEW gateway.published_queries_v1 WITH (security_barrier) AS
SELECT published.key, scope.collections, published.weights, published.votes, round.method, round.parameters,
       search.filters, search."limit", CASE WHEN search.exclude_query THEN search.image_id END AS excluded_image_id
FROM search_publishedquery AS published
JOIN search_round AS round ON round.id = published.round_id
JOIN search_search AS search ON search.id = published.search_id
CROSS JOIN LATERAL (
    SELECT array_agg(collection.id) AS collections, bool_and(collection.visibility = 'public') AS public
    FROM search_search_collections AS chosen
    JOIN library_collection AS collection ON collection.id = chosen.collection_id
    WHERE chosen.search_id = search.id
) AS scope
WHERE scope.public;

CREATE VIEW gateway.published_vectors_v1 WITH (security_barrier) AS
SELECT published.key, feature.space_id, feature.vector
FROM search_publishedquery AS published
JOIN search_queryfeature AS feature ON feature.search_id = published.search_id
WHERE EXISTS (SELECT FROM gateway.published_queries_v1 AS open WHERE open.key = published.key);

REVOKE ALL ON SCHEMA gateway FROM PUBLIC;
"""

# Roles belong to the whole server: another database of it may have made this one, or may be making it at this moment.
MAKE_ROLE = f"""
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN RETURN; END IF;
    CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT;
    ALTER ROLE {ROLE} SET default_transaction_read_only = on;
    ALTER ROLE {ROLE} SET statement_timeout = '10s';
EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
END $$
"""
GRANTS = f"""
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {ROLE};
GRANT USAGE ON SCHEMA gateway TO {ROLE};
GRANT SELECT ON ALL TABLES IN SCHEMA gateway TO {ROLE};
"""

log = logging.getLogger("semblance.search")


def admit_role(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(MAKE_ROLE)
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE])
        if cursor.rowcount:
            cursor.execute(GRANTS)
            return
    log.warning(
        "The gateway's role is missing and this account may not make roles; everything else works. An administrator runs:"
        " CREATE ROLE %(role)s LOGIN PASSWORD '…'; GRANT USAGE ON SCHEMA gateway TO %(role)s;"
        " GRANT SELECT ON ALL TABLES IN SCHEMA gateway TO %(role)s;",
        {"role": ROLE},
    )


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0002_cascades_and_ledger"),
        ("accounts", "0001_initial"),
        ("library", "0001_initial"),
        ("indexing", "0002_feature_table"),
    ]

    operations = [
        migrations.AddField("publishedquery", "weights", models.JSONField(default=dict)),
        migrations.AddField("publishedquery", "votes", models.JSONField(default=dict)),
        migrations.RunSQL(VIEWS, "DROP SCHEMA gateway CASCADE"),
        migrations.RunPython(admit_role, migrations.RunPython.noop),
    ]
