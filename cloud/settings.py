"""Settings for the commands that make the account the site then runs in.

They cannot be the site's: those need an account that is already there.
"""

INSTALLED_APPS = ["cloud"]
DATABASES: dict[str, dict[str, str]] = {}
USE_TZ = True
