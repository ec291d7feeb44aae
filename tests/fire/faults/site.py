"""The site as gunicorn imports it in tests: with the static files that the tests have published."""

import os

from django.conf import settings

settings.STATIC_ROOT = os.environ["FIRE_STATIC_ROOT"]

from garage.wsgi import application  # noqa: E402 - it reads the settings

__all__ = ["application"]
