"""The merchant's pages."""

from django.urls import path

from markets import moving_views, views

app_name = "markets"
urlpatterns = [
    path("", views.market_list, name="list"),
    path("apply/<slug:city_slug>/", views.apply, name="apply"),
    path("move/", moving_views.choose, name="move"),
    path("move/give/", moving_views.give, name="move_give"),
    path("move/take/", moving_views.take, name="move_take"),
    path("<uuid:market_id>/", views.detail, name="detail"),
    path("<uuid:market_id>/edit/", views.edit, name="edit"),
    path("<uuid:market_id>/submit/", views.submit, name="submit"),
    path("<uuid:market_id>/withdraw/", views.withdraw, name="withdraw"),
]
