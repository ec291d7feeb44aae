"""The photos of one application."""

from django.urls import path

from markets.photos import views

urlpatterns = [
    path("", views.photos, name="photos"),
    path("uploads/", views.begin, name="begin_upload"),
    path("uploads/<uuid:upload_id>/finish/", views.finish, name="finish_upload"),
    path("uploads/<uuid:upload_id>/discard/", views.discard, name="discard_upload"),
]
