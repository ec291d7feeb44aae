"""`manage.py package`: build the zip file of a stage's function."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloud.deployment import package, zappa_settings
from cloud.deployment.package import PackageFailed, mebibytes
from cloud.deployment.zappa_settings import UnknownStage
from core.environment import STATE


class Command(BaseCommand):
    help = "Builds the function's package from the locked requirements: the same bytes every time."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stage", required=True, help="a stage of zappa_settings.json")
        parser.add_argument(
            "--output", type=Path, help="path of the zip file; default: in .garage/package"
        )

    def handle(self, *, stage: str, output: Path | None, **_options: Any) -> None:
        try:
            architecture = zappa_settings.architecture(stage)
            path = output or package_file(architecture)
            built = package.build(architecture, path)
        except (PackageFailed, UnknownStage) as failure:
            raise CommandError(str(failure)) from failure
        sizes = f"{mebibytes(built.zipped)} zipped, {mebibytes(built.unpacked)} unpacked"
        self.stdout.write(f"{built.path}: {architecture}, {sizes}")


def package_file(architecture: str) -> Path:
    """Return the default path of a package; stages of one architecture share it."""
    return STATE / "package" / f"garage-{architecture}.zip"
