#!/usr/bin/env python
"""The operator's door: `manage.py help` lists the commands."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

# These make the account that the site then runs in, so they cannot need the
# site's environment: they have settings of their own.
ACCOUNT_COMMANDS = {"deploy", "local", "officer", "package", "stack", "undeploy"}


def main() -> None:
    builds_account = sys.argv[1:2] and sys.argv[1] in ACCOUNT_COMMANDS
    os.environ.setdefault(
        "DJANGO_SETTINGS_MODULE",
        "garage.cloud.settings" if builds_account else "garage.settings",
    )
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as fault:
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
