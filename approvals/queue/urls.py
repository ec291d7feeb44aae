"""The queue of a city's applications."""

from django.urls import path

from approvals.queue import views

urlpatterns = [
    path("", views.queue, name="queue"),
    path("markets/<uuid:user_id>/<uuid:market_id>/assign/", views.assign, name="assign"),
]
