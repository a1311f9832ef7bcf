"""Addresses of the REST API."""

from django.urls import path, re_path

from semblance.api.problems import unmatched
from semblance.api.views import (
    account,
    collections,
    evaluations,
    feedback,
    files,
    images,
    installation,
    jobs,
    members,
    schema,
    searches,
)

app_name = "api"
urlpatterns = [
    path("auth/token/", account.TokenView.as_view(), name="token"),
    path("me/", account.AccountView.as_view(), name="me"),
    path("me/api-keys/", account.ApiKeyListView.as_view(), name="api-keys"),
    path("me/api-keys/<uuid:key>/", account.ApiKeyView.as_view(), name="api-key"),
    path("info/", installation.InfoView.as_view(), name="info"),
    path("extractors/", installation.ExtractorListView.as_view(), name="extractors"),
    path("collections/", collections.CollectionListView.as_view(), name="collections"),
    path("collections/<uuid:collection>/", collections.CollectionView.as_view(), name="collection"),
    path("collections/<uuid:collection>/members/", members.MemberListView.as_view(), name="members"),
    path("collections/<uuid:collection>/members/<str:member>/", members.MemberView.as_view(), name="member"),
    path("collections/<uuid:collection>/images/", images.ImageListView.as_view(), name="images"),
    path("collections/<uuid:collection>/jobs/", jobs.JobListView.as_view(), name="jobs"),
    path("collections/<uuid:collection>/evaluations/", evaluations.EvaluationListView.as_view(), name="evaluations"),
    path(
        "collections/<uuid:collection>/evaluations/<uuid:evaluation>/",
        evaluations.EvaluationView.as_view(),
        name="evaluation",
    ),
    path("images/<uuid:image>/", images.ImageView.as_view(), name="image"),
    path("images/<uuid:image>/file", files.OriginalView.as_view(), name="image-file"),
    path("images/<uuid:image>/thumbnail", files.ThumbnailView.as_view(), name="image-thumbnail"),
    path("jobs/<uuid:job>/", jobs.JobView.as_view(), name="job"),
    path("searches/", searches.SearchListView.as_view(), name="searches"),
    path("searches/<uuid:search>/", searches.SearchView.as_view(), name="search"),
    path("searches/<uuid:search>/votes/", feedback.VotesView.as_view(), name="votes"),
    path("searches/<uuid:search>/refine/", feedback.RefineView.as_view(), name="refine"),
    path("searches/<uuid:search>/rounds/<int:number>/", feedback.RoundView.as_view(), name="round"),
    path("searches/<uuid:search>/rounds/<int:number>/branch/", feedback.BranchView.as_view(), name="branch"),
    path("searches/<uuid:search>/publish/", feedback.PublishView.as_view(), name="publish"),
    path("schema/", schema.SchemaView.as_view(), name="schema"),
    path("docs/", schema.DocsView.as_view(), name="docs"),
    re_path(r"^", unmatched, name="unmatched"),
]
