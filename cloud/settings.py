"""Settings of the commands that create a stage's account.

They cannot use the site's settings, which need an existing account.
"""

INSTALLED_APPS = ["cloud"]
DATABASES: dict[str, dict[str, str]] = {}
USE_TZ = True
