#!/usr/bin/env python
"""The operators' commands: `manage.py help` lists those of the site."""

import os
import sys
from argparse import ArgumentParser

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

# The site's settings do not name the tools. The commands of `cloud` create the account
# that the site's settings describe, so they have settings of their own.
SETTINGS = {
    **dict.fromkeys(
        ("deploy", "doctor", "local", "package", "stack", "undeploy"), "cloud.settings"
    ),
    "demo": "demo.settings",
    "officer": "cloud.operator_settings",
}


def choose_stage(arguments: list[str]) -> None:
    """Let `--stage NAME` choose the stage before the settings are read."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--stage")
    if stage := parser.parse_known_args(arguments)[0].stage:
        os.environ["GARAGE_STAGE"] = stage


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS.get(command, "garage.settings"))
    if command == "officer":
        choose_stage(sys.argv[2:])
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as fault:
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
