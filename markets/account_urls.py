"""The merchant's account."""

from django.urls import path

from markets import account_views

app_name = "account"
urlpatterns = [
    path("", account_views.details, name="details"),
    path("data/", account_views.data, name="data"),
    path("delete/", account_views.delete, name="delete"),
    path("deleted/", account_views.deleted, name="deleted"),
]
