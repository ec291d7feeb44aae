"""The site's settings for working out the names of static files, and publishing nothing."""

import os
from pathlib import Path

from garage.settings import *  # noqa: F403
from garage.settings import STORAGES

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "core.staticfiles.HashedStorage"},
}
STATIC_ROOT = Path(os.environ["GARAGE_MANIFEST_FOLDER"])
