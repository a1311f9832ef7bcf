"""Addresses of the dashboard."""

from django.urls import path

from semblance.dashboard.views import (
    account,
    collections,
    evaluations,
    explanations,
    files,
    home,
    images,
    jobs,
    members,
    searches,
    uploads,
)

app_name = "dashboard"

COLLECTION = "collections/<uuid:collection>/"
IMAGE = "images/<uuid:image>/"
SEARCH = "searches/<uuid:search>/"
ROUND = SEARCH + "rounds/<int:number>/"

urlpatterns = [
    path("", home.HomeView.as_view(), name="home"),
    path("collections/new/", collections.CollectionCreateView.as_view(), name="collection-new"),
    path(COLLECTION, collections.CollectionView.as_view(), name="collection"),
    path(COLLECTION + "settings/", collections.CollectionSettingsView.as_view(), name="collection-settings"),
    path(COLLECTION + "delete/", collections.CollectionDeleteView.as_view(), name="collection-delete"),
    path(COLLECTION + "reindex/", collections.ReindexView.as_view(), name="reindex"),
    path(COLLECTION + "retry/", collections.RetryFailedView.as_view(), name="retry-failed"),
    path(COLLECTION + "selection/", images.SelectionView.as_view(), name="selection"),
    path(COLLECTION + "upload/", uploads.UploadView.as_view(), name="upload"),
    path(COLLECTION + "progress/", uploads.ProgressView.as_view(), name="progress"),
    path(COLLECTION + "members/", members.MemberListView.as_view(), name="members"),
    path(COLLECTION + "members/<uuid:member>/", members.MemberChangeView.as_view(), name="member"),
    path(COLLECTION + "evaluations/", evaluations.EvaluationListView.as_view(), name="evaluations"),
    path(COLLECTION + "evaluations/<uuid:evaluation>/", evaluations.EvaluationView.as_view(), name="evaluation"),
    path(IMAGE, images.ImageView.as_view(), name="image"),
    path(IMAGE + "neighbours/", images.ImageNeighboursView.as_view(), name="neighbours"),
    path(IMAGE + "delete/", images.ImageDeleteView.as_view(), name="image-delete"),
    path(IMAGE + "thumbnail/", files.ThumbnailView.as_view(), name="thumbnail"),
    path(IMAGE + "preview/", files.PreviewView.as_view(), name="preview"),
    path(IMAGE + "file/", files.OriginalView.as_view(), name="original"),
    path("searches/", searches.SearchListView.as_view(), name="searches"),
    path("searches/new/", searches.SearchCreateView.as_view(), name="search-new"),
    path("searches/similar/", searches.SimilarView.as_view(), name="similar"),
    path(SEARCH, searches.SearchView.as_view(), name="search"),
    path(SEARCH + "again/", searches.SearchRepeatView.as_view(), name="search-again"),
    path(SEARCH + "picture/", files.QueryPictureView.as_view(), name="query-picture"),
    path(SEARCH + "delete/", searches.SearchDeleteView.as_view(), name="search-delete"),
    path(ROUND, searches.SearchView.as_view(), name="round"),
    path(ROUND + "votes/", searches.VoteView.as_view(), name="vote"),
    path(ROUND + "refine/", searches.RefineView.as_view(), name="refine"),
    path(ROUND + "branch/", searches.BranchView.as_view(), name="branch"),
    path(ROUND + "results/<uuid:image>/", explanations.ExplanationView.as_view(), name="explanation"),
    path("jobs/", jobs.JobListView.as_view(), name="jobs"),
    path("jobs/<uuid:job>/", jobs.JobView.as_view(), name="job"),
    path("jobs/<uuid:job>/cancel/", jobs.JobCancelView.as_view(), name="job-cancel"),
    path("account/", account.AccountView.as_view(), name="account"),
    path("account/keys/<uuid:key>/revoke/", account.KeyRevokeView.as_view(), name="key-revoke"),
]
