"""The pages of a city's reply templates."""

from django.urls import path

from approvals.reply_templates import views

urlpatterns = [
    path("", views.template_list, name="reply_templates"),
    path("add/", views.add, name="add_reply_template"),
    path("<slug:language>/<uuid:template_id>/", views.revise, name="revise_reply_template"),
    path("<slug:language>/<uuid:template_id>/delete/", views.delete, name="delete_reply_template"),
]
