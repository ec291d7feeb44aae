"""The merchant's pages."""

from django.urls import path

from markets import apply_views, moving_views, photo_views, section_views, views
from markets.forms import FORMS

app_name = "markets"
urlpatterns = [
    path("", views.market_list, name="list"),
    path("apply/<slug:city_slug>/", apply_views.apply, name="apply"),
    path("move/", moving_views.choose, name="move"),
    path("move/give/", moving_views.give, name="move_give"),
    path("move/take/", moving_views.take, name="move_take"),
    path("<uuid:market_id>/", views.detail, name="detail"),
    path("<uuid:market_id>/edit/", views.tasks, name="tasks"),
    *(
        path(f"<uuid:market_id>/{slug}/", section_views.section, {"slug": slug}, name=slug)
        for slug in FORMS
    ),
    path("<uuid:market_id>/photos/", photo_views.photos, name="photos"),
    path("<uuid:market_id>/photos/uploads/", photo_views.begin, name="begin_upload"),
    path(
        "<uuid:market_id>/photos/uploads/<uuid:upload_id>/finish/",
        photo_views.finish,
        name="finish_upload",
    ),
    path(
        "<uuid:market_id>/photos/uploads/<uuid:upload_id>/discard/",
        photo_views.discard,
        name="discard_upload",
    ),
    path("<uuid:market_id>/check/", apply_views.check, name="check"),
    path("<uuid:market_id>/versions/<int:number>/", views.version, name="version"),
    path("<uuid:market_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<uuid:market_id>/delete/", views.delete, name="delete"),
    path("<uuid:market_id>/again/", apply_views.again, name="again"),
]
