"""The city hall's pages, and the public programme that it decides."""

from django.urls import include, path

from approvals import bulk_views, queue_views, views

app_name = "approvals"
review = [
    path("", views.review, name="review"),
    path("approve/", views.approve, name="approve"),
    path("reject/", views.reject, name="reject"),
    path("assign/", queue_views.assign, name="assign"),
    path("photos/<int:number>/", queue_views.photo, name="photo"),
]
urlpatterns = [
    path("cities/<slug:city_slug>/", views.programme, name="programme"),
    path("city-hall/", views.cities, name="cities"),
    path("city-hall/<slug:city_slug>/", queue_views.queue, name="queue"),
    path("city-hall/<slug:city_slug>/bulk/", bulk_views.preview, name="bulk_preview"),
    path("city-hall/<slug:city_slug>/bulk/confirm/", bulk_views.confirm, name="bulk_confirm"),
    path("city-hall/<slug:city_slug>/markets/<uuid:user_id>/<uuid:market_id>/", include(review)),
]
