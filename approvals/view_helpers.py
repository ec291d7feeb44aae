"""What all pages of the city hall share."""

from django.contrib.auth.decorators import login_required

# Visitors are sent to the sign-in page of city halls, not of merchants.
officers_only = login_required(login_url="city_hall_sign_in")
