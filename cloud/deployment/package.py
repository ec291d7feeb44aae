"""The function's package: one zip file, the same bytes from every build.

It holds the site, the locked packages for the function's platform without their
unused files, the names of the static files, and bytecode. Lambda unpacks it into a
read-only folder and changes the files' times, so Python would compile ordinary
bytecode again at every cold start; unchecked bytecode is used as it is. The locked
packages are bytecode only, without docstrings; the site keeps its sources, so that
tracebacks show its lines.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from cloud.deployment.pruning import prune
from core.environment import ROOT, STATE

PLATFORMS = {"x86_64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28"}
"""Architecture of the function → uv's name of its platform (Amazon Linux 2023)."""

LARGEST_ZIP = 16 * 1024**2
LARGEST_FOLDER = 60 * 1024**2
"""Bytes. Lambda allows 50 and 250 MiB, but each one makes cold starts slower."""

COMPRESSION = 7
"""A third of the time of the highest level, 9, for half a percent more bytes."""

LOCKS = ("runtime.txt", "deploy.txt")
HANDLER = ("zappa", "werkzeug", "markupsafe", "durationpy")
"""Packages of the deployment's lock that run in the function: Zappa's handler and what it needs."""

SOURCES = ("garage", "approvals", "programme", "markets", "identity", "core", "templates", "locale")
NOT_COPIED = {"__pycache__", "django.po"}

INHERITED = ("HOME", "PATH", "TMPDIR")
"""Variables that tools inherit if their output must not depend on the operator's environment."""

COMPILER = Path(__file__).with_name("bytecode.py")
UV = STATE / "uv" / "bin" / "uv"


class PackageFailed(Exception):
    """The package cannot be built, or is too large; `str()` says why."""


@dataclass(frozen=True)
class Package:
    """A built package; sizes in bytes."""

    path: Path
    architecture: str
    zipped: int
    unpacked: int

    def check(self) -> None:
        """Raise PackageFailed if it exceeds its limits."""
        for name, size, limit in (
            ("zipped", self.zipped, LARGEST_ZIP),
            ("unpacked", self.unpacked, LARGEST_FOLDER),
        ):
            if size > limit:
                allowed = f"{mebibytes(limit)} are allowed"
                raise PackageFailed(f"{self.path.name} has {mebibytes(size)} {name}; {allowed}.")


def mebibytes(size: int) -> str:
    return f"{size / 1024**2:.1f} MiB"


def build(architecture: str, path: Path) -> Package:
    """Build the package for an architecture of PLATFORMS; raise PackageFailed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="garage-package-") as name:
        folder = Path(name)
        install(architecture, folder)
        prune(folder)
        copy_sources(folder)
        name_static_files(folder)
        compile_all(folder)
        unpacked = write_zip(folder, path)
    package = Package(path, architecture, path.stat().st_size, unpacked)
    package.check()
    return package


def install(architecture: str, folder: Path) -> None:
    """Install the locked packages for the function's platform: wheels only, with their hashes."""
    locks = [ROOT / "requirements" / name for name in LOCKS]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write(locks[0].read_text())
        requirements.write("".join(locked(name, locks[1].read_text()) for name in HANDLER))
        requirements.flush()
        run(
            str(UV), "pip", "install", "--quiet",
            "--target", str(folder),
            "--python", sys.executable,
            "--python-platform", PLATFORMS[architecture],
            "--only-binary", ":all:",
            "--require-hashes",
            "--no-deps",
            "--requirement", requirements.name,
        )  # fmt: skip


def locked(name: str, lock: str) -> str:
    """Return the lines of one package in a lock file, with its hashes."""
    lines = lock.splitlines(keepends=True)
    try:
        first = next(number for number, line in enumerate(lines) if line.startswith(f"{name}=="))
    except StopIteration:
        raise PackageFailed(f"{name} is not locked. `make lock` locks it.") from None
    rest = lines[first + 1 :]
    length = next((number for number, line in enumerate(rest) if line[:1].strip()), len(rest))
    return "".join([lines[first], *rest[:length]])


def copy_sources(folder: Path) -> None:
    for name in SOURCES:
        shutil.copytree(ROOT / name, folder / name, ignore=lambda _, names: NOT_COPIED & set(names))
    shutil.copy(ROOT / "manage.py", folder)


def name_static_files(folder: Path) -> None:
    """Write the manifest where the site reads the hashed names of its static files."""
    with tempfile.TemporaryDirectory(prefix="garage-static-") as static:
        run(
            sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0",
            DJANGO_SETTINGS_MODULE="cloud.deployment.manifest_settings",
            GARAGE_ENV_FILE=str(ROOT / ".env.example"),
            GARAGE_MANIFEST_FOLDER=static,
        )  # fmt: skip
        target = folder / ".garage" / "static"
        target.mkdir(parents=True)
        shutil.copy(Path(static) / "staticfiles.json", target)


def compile_all(folder: Path) -> None:
    """Compile every module to unchecked bytecode."""
    ours = {folder / name for name in SOURCES}
    theirs = sorted(path for path in folder.iterdir() if path not in ours)
    compile_to_bytecode(folder, *sorted(ours))
    compile_to_bytecode(folder, "--alone", *theirs)


def compile_to_bytecode(folder: Path, *arguments: "str | Path") -> None:
    # In a process of its own, one module after the other: the bytes depend on what
    # the process has compiled before.
    run(sys.executable, "-I", str(COMPILER), str(folder), *map(str, arguments), PYTHONHASHSEED="0")


def write_zip(folder: Path, path: Path) -> int:
    """Write a folder to a zip file, sorted and with one time; return its unpacked bytes."""
    unpacked = 0
    draft = path.with_suffix(".new")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            content = file.read_bytes()
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, COMPRESSION)
            unpacked += len(content)
    draft.replace(path)
    return unpacked


def run(*command: str, **environment: str) -> None:
    """Run a tool; with `environment` it gets almost none of the operator's variables."""
    names = INHERITED if environment else os.environ
    inherited = {name: os.environ[name] for name in names if name in os.environ}
    ran = subprocess.run(  # noqa: S603 - our own commands
        command, cwd=ROOT, env=inherited | environment, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        output = (ran.stderr or ran.stdout).strip()
        raise PackageFailed(f"{Path(command[0]).name} failed:\n{output}")
