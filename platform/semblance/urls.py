"""Addresses of the Django faces."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("api/v1/", include("semblance.api.urls")),
    path("", include("semblance.dashboard.urls")),
]
