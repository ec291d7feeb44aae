"""The city hall's pages."""

from django.urls import include, path

from approvals import views

app_name = "approvals"
city_hall = [
    path("", include("approvals.queue.urls")),
    path("bulk/", include("approvals.bulk.urls")),
    path("", include("approvals.statistics.urls")),
    path("reply-templates/", include("approvals.reply_templates.urls")),
    path("markets/<uuid:user_id>/<uuid:market_id>/", include("approvals.review.urls")),
]
urlpatterns = [
    path("", views.cities, name="cities"),
    path("<slug:city_slug>/", include(city_hall)),
]
