"""The merchant's pages."""

from django.urls import path

from markets import views

app_name = "markets"
urlpatterns = [
    path("", views.market_list, name="list"),
    path("apply/<slug:city_slug>/", views.apply, name="apply"),
    path("<uuid:market_id>/", views.detail, name="detail"),
    path("<uuid:market_id>/edit/", views.edit, name="edit"),
    path("<uuid:market_id>/submit/", views.submit, name="submit"),
    path("<uuid:market_id>/withdraw/", views.withdraw, name="withdraw"),
]
