"""The site's settings to compute the names of static files without publishing them."""

import os
from pathlib import Path

from garage.settings import *  # noqa: F403
from garage.settings import STORAGES

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "core.staticfiles.HashedStorage"},
}
STATIC_ROOT = Path(os.environ["GARAGE_MANIFEST_FOLDER"])
