"""The site's map."""

from django.urls import include, path

from garage import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("", include("identity.urls")),
    path("markets/", include("markets.urls")),
    path("account/", include("markets.accounts.urls")),
    path("account/", include("markets.privacy.urls")),
    path("cities/<slug:city_slug>/", include("programme.urls")),
    path("city-hall/", include("approvals.urls")),
]
