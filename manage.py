#!/usr/bin/env python
"""The operator's door: `manage.py help` lists the commands."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

# Tools are not part of the site, so its settings do not name them. Those of `cloud`
# make the account that the site then runs in, and cannot need its environment.
SETTINGS = {
    **dict.fromkeys(
        ("deploy", "local", "officer", "package", "stack", "undeploy"), "cloud.settings"
    ),
    "demo": "demo.settings",
}


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS.get(command, "garage.settings"))
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as fault:
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
