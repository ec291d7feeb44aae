"""The city hall's pages, and the public programme that it decides."""

from django.urls import include, path

from approvals import views

app_name = "approvals"
review = [
    path("", views.review, name="review"),
    path("approve/", views.approve, name="approve"),
    path("reject/", views.reject, name="reject"),
]
urlpatterns = [
    path("cities/<slug:city_slug>/", views.programme, name="programme"),
    path("city-hall/", views.cities, name="cities"),
    path("city-hall/<slug:city_slug>/", views.queue, name="queue"),
    path("city-hall/<slug:city_slug>/markets/<uuid:user_id>/<uuid:market_id>/", include(review)),
]
