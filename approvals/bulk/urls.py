"""Bulk actions on applications."""

from django.urls import path

from approvals.bulk import views

urlpatterns = [
    path("", views.preview, name="bulk_preview"),
    path("confirm/", views.confirm, name="bulk_confirm"),
]
