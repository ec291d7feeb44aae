"""Statistics of the applications to a city, and the applications as files."""

from django.urls import path

from approvals.statistics import views

urlpatterns = [
    path("statistics/", views.statistics, name="statistics"),
    path("statistics/<slug:chart>.csv", views.chart_csv, name="chart_csv"),
    path("applications.csv", views.applications_csv, name="applications_csv"),
    path("applications.xlsx", views.applications_xlsx, name="applications_xlsx"),
]
