"""The site's settings, with the command that fills it with sample data."""

from garage.settings import *  # noqa: F403
from garage.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "demo"]
