from django.urls import path

from identity.sessions import views as session_views
from identity.sign_in import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("city-hall/sign-in/", views.OfficersSignIn.as_view(), name="city_hall_sign_in"),
    path("oidc/merchants/callback/", views.MerchantsCallback.as_view(), name="merchants_callback"),
    path("oidc/officers/callback/", views.OfficersCallback.as_view(), name="officers_callback"),
    path("sign-out/", views.SignOutView.as_view(), name="sign_out"),
    path("sessions/", session_views.sessions, name="sessions"),
    path("signed-in/", views.signed_in, name="signed_in"),
    path("signed-out/", views.signed_out, name="signed_out"),
]
