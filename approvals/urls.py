"""The city hall's pages, and the public programme that it decides."""

from django.urls import include, path

from approvals import (
    bulk_views,
    case_file_views,
    figures_views,
    programme_views,
    queue_views,
    reply_views,
    review_views,
    views,
)

app_name = "approvals"
review = [
    path("", review_views.review, name="review"),
    path("approve/", review_views.approve, name="approve"),
    path("reject/", review_views.reject, name="reject"),
    path("request-changes/", review_views.request_changes, name="request_changes"),
    path("undo/", review_views.undo, name="undo"),
    path("notes/", review_views.note, name="note"),
    path("case-file/", case_file_views.page, name="case_file"),
    path("case-file.json", case_file_views.document, name="case_file_json"),
    path("assign/", queue_views.assign, name="assign"),
    path("photos/<int:number>/", queue_views.photo, name="photo"),
]
replies = [
    path("", reply_views.reply_list, name="replies"),
    path("add/", reply_views.add, name="add_reply"),
    path("<slug:language>/<uuid:reply_id>/", reply_views.revise, name="revise_reply"),
    path("<slug:language>/<uuid:reply_id>/delete/", reply_views.delete, name="delete_reply"),
]
programme = [
    path("", programme_views.programme, name="programme"),
    path("programme.json", programme_views.programme_json, name="programme_json"),
    path("season.ics", programme_views.season, name="season"),
]
season = [
    path("figures/", figures_views.figures, name="figures"),
    path("figures/<slug:chart>.csv", figures_views.figure_csv, name="figure_csv"),
    path("season.csv", figures_views.season_csv, name="season_csv"),
    path("season.xlsx", figures_views.season_xlsx, name="season_xlsx"),
]
urlpatterns = [
    path("cities/<slug:city_slug>/", include(programme)),
    path("city-hall/", views.cities, name="cities"),
    path("city-hall/<slug:city_slug>/", queue_views.queue, name="queue"),
    path("city-hall/<slug:city_slug>/bulk/", bulk_views.preview, name="bulk_preview"),
    path("city-hall/<slug:city_slug>/bulk/confirm/", bulk_views.confirm, name="bulk_confirm"),
    path("city-hall/<slug:city_slug>/", include(season)),
    path("city-hall/<slug:city_slug>/replies/", include(replies)),
    path("city-hall/<slug:city_slug>/markets/<uuid:user_id>/<uuid:market_id>/", include(review)),
]
