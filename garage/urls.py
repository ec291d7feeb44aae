"""The site's map."""

from django.urls import include, path

from garage import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("", include("identity.urls")),
    path("markets/", include("markets.urls")),
    path("account/", include("markets.account_urls")),
    path("", include("approvals.urls")),
]
