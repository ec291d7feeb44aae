"""The merchant's applications and their photos."""

from django.urls import include, path

app_name = "markets"
urlpatterns = [
    path("", include("markets.applications.urls")),
    path("<uuid:market_id>/photos/", include("markets.photos.urls")),
]
