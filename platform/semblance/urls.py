"""Addresses of the Django faces."""

from django.contrib import admin
from django.urls import include, path, re_path

from semblance.api.problems import unmatched

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("api/v1/", include("semblance.api.urls")),
    re_path(r"^api/", unmatched),
    path("", include("semblance.dashboard.urls")),
]

handler400 = "semblance.api.problems.bad_request"
handler500 = "semblance.api.problems.server_error"
