"""The review of one application."""

from django.urls import path

from approvals.review import case_file_views, views

urlpatterns = [
    path("", views.review, name="review"),
    path("approve/", views.approve, name="approve"),
    path("reject/", views.reject, name="reject"),
    path("request-changes/", views.request_changes, name="request_changes"),
    path("undo/", views.undo, name="undo"),
    path("notes/", views.note, name="note"),
    path("photos/<int:number>/", views.photo, name="photo"),
    path("case-file/", case_file_views.page, name="case_file"),
    path("case-file.json", case_file_views.document, name="case_file_json"),
]
