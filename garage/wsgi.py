"""The site as a WSGI application."""

import os

import django

from core.web.charsets import SiteHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "garage.settings")
django.setup(set_prefix=False)
application = SiteHandler()
