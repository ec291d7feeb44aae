"""A merchant's profile, and moving applications between two accounts of theirs."""

from django.urls import path

from markets.accounts import transfer_views, views

app_name = "account"
urlpatterns = [
    path("", views.details, name="details"),
    path("transfer/", transfer_views.choose, name="transfer"),
    path("transfer/create-code/", transfer_views.give, name="create_code"),
    path("transfer/redeem/", transfer_views.take, name="redeem"),
]
