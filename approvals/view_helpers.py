"""What all of the city hall's pages share."""

from django.contrib.auth.decorators import login_required

# Whoever has not signed in is led to the city hall's door.
officers_only = login_required(login_url="city_hall_sign_in")
