"""A merchant's profile, and transferring applications between two accounts."""

from django.urls import path

from markets.accounts import transfer_views, views

app_name = "account"
urlpatterns = [
    path("", views.details, name="details"),
    path("transfer/", transfer_views.transfer, name="transfer"),
    path("transfer/create-code/", transfer_views.create_code, name="create_code"),
    path("transfer/redeem/", transfer_views.redeem, name="redeem"),
]
