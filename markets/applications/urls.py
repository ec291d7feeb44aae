"""The merchant's applications: pages from the first draft to the decision."""

from django.urls import path

from markets.applications import apply_views, section_views, views
from markets.forms import FORMS

urlpatterns = [
    path("", views.market_list, name="list"),
    path("apply/<slug:city_slug>/", apply_views.apply, name="apply"),
    path("<uuid:market_id>/", views.detail, name="detail"),
    path("<uuid:market_id>/edit/", views.task_list, name="task_list"),
    *(
        path(f"<uuid:market_id>/{slug}/", section_views.section, {"slug": slug}, name=slug)
        for slug in FORMS
    ),
    path("<uuid:market_id>/check/", apply_views.check_answers, name="check_answers"),
    path("<uuid:market_id>/versions/<int:number>/", views.version, name="version"),
    path("<uuid:market_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<uuid:market_id>/delete/", views.delete, name="delete"),
    path("<uuid:market_id>/again/", apply_views.apply_again, name="apply_again"),
]
