"""The public pages and feeds of a city's Christmas market."""

from django.urls import path

from programme import views

app_name = "programme"
urlpatterns = [
    path("", views.programme, name="page"),
    path("programme.json", views.programme_json, name="json"),
    path("market-days.ics", views.market_days, name="calendar"),
]
