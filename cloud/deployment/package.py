"""The function's package: one zip file, the same bytes whenever and wherever it is built.

It holds the locked packages for the function's own platform, pruned of what no
request reaches, the site, the names of its static files, and bytecode. Lambda
unpacks it to a folder that nothing can write to, with times that are not those
of the files when they were compiled: ordinary bytecode would be thrown away and
compiled again at every cold start. Bytecode that is not checked is believed.
The locked packages come as bytecode alone, without docstrings; the site keeps its sources, whose
lines then stand in its tracebacks.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from core.environment import ROOT, STATE

PLATFORMS = {"x86_64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28"}
"""By the function's architecture, as uv names what runs there (Amazon Linux 2023)."""

LARGEST_ZIP = 16 * 1024**2
LARGEST_FOLDER = 60 * 1024**2
"""Bytes. Lambda would take 50 and 250 MiB; a cold start pays for each of them."""

LOCKS = ("runtime.txt", "deploy.txt")
HANDLER = ("zappa", "werkzeug", "markupsafe", "durationpy")
"""What of the deployment's tools runs inside the function: Zappa's handler and what it needs."""

SOURCES = ("garage", "approvals", "programme", "markets", "identity", "core", "templates", "locale")
LEFT_OUT = {"__pycache__"}
"""Of the sources."""

SERVICES = {"cognito-idp", "dynamodb", "s3", "secretsmanager", "ses"}
"""Whose descriptions botocore keeps; any other is an `Unknown service` to the function."""

LANGUAGES = {"de", "en", "en_GB", "ro"}
"""Of Django's translations."""

UNREAD = (
    "Blp", "BufrStub", "Cur", "Dcx", "Dds", "Eps", "Fits", "Fli", "Fpx", "Ftex", "Gbr",
    "GribStub", "Hdf5Stub", "Icns", "Ico", "Im", "Imt", "Iptc", "Mcidas", "Mic", "Mpeg", "Msp",
    "Palm", "Pcd", "Pcx", "Pdf", "Pixar", "Psd", "Qoi", "Sgi", "Spider", "Sun", "Tga", "Wal",
    "Wmf", "XVThumb", "Xbm", "Xpm",
)  # fmt: skip
"""Formats of Pillow's that no photo comes in."""

NEVER_REACHED = (
    ".lock",
    "bin",
    *(f"PIL/{name}ImagePlugin.py" for name in UNREAD),
    "PIL/_avif.*",
    "PIL/_imagingft.*",
    "PIL/_imagingmath.*",
    "PIL/_imagingmorph.*",
    "PIL/_imagingtk.*",
    "pillow.libs/libavif-*",  # two megabytes; phones and cameras write none
    "pillow.libs/libbrotli*",
    "pillow.libs/libfreetype-*",
    "pillow.libs/libharfbuzz-*",
    "pillow.libs/libpng16-*",
    "boto3/data/[!s]*",
    "boto3/examples",
    "botocore/data/*/*/examples-*",
    "botocore/data/*/*/paginators-*",
    "botocore/data/*/*/waiters-*",
    "botocore/cacert.pem",  # certifi's is asked first
    "cffi",  # cryptography needs its backend alone
    "dateutil/zoneinfo/*.tar.gz",
    "django/bin",
    "django/conf/app_template",
    "django/conf/project_template",
    "django/contrib/admin",
    "django/contrib/auth/common-passwords.txt.gz",  # passwords are Cognito's
    "django/contrib/admindocs",
    "django/contrib/flatpages",
    "django/contrib/gis",
    "django/contrib/humanize",
    "django/contrib/postgres",
    "django/contrib/redirects",
    "django/contrib/sitemaps",
    "django/contrib/syndication",
    "django/db/backends/mysql",
    "django/db/backends/oracle",
    "django/db/backends/postgresql",
    "django/db/backends/sqlite3",
    "django/test",
    "django_htmx/static",
    "pycparser",
    "werkzeug/debug",
    "zappa/cli.py",
    "zappa/core.py",
    "zappa/letsencrypt.py",
    "**/__pycache__",
    "**/tests",
    "**/*.c",
    "**/*.h",
    "**/*.po",
    "**/*.pyi",
    "**/*.pxd",
    "*.dist-info/INSTALLER",
    "*.dist-info/RECORD",
    "*.dist-info/REQUESTED",
    "*.dist-info/direct_url.json",
    "*.dist-info/uv_cache.json",
    "*.dist-info/sboms",
)
"""Patterns below the package's root. The licences stay."""

KEPT = ("HOME", "PATH", "TMPDIR")
"""Of the operator's environment, for tools whose output must not depend on it."""

COMPILER = Path(__file__).with_name("bytecode.py")
UV = STATE / "uv" / "bin" / "uv"


class PackageFailed(Exception):
    """The package cannot be built, or is not what it must be; `str()` says why."""


@dataclass(frozen=True)
class Package:
    """A built package; sizes in bytes."""

    path: Path
    architecture: str
    zipped: int
    unpacked: int

    def check(self) -> None:
        """Raise PackageFailed if it has grown beyond its limits."""
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
    """Install the locked packages for the function's platform: built wheels of the very hashes."""
    locks = [ROOT / "requirements" / name for name in LOCKS]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
        wanted.write(locks[0].read_text())
        wanted.write("".join(locked(name, locks[1].read_text()) for name in HANDLER))
        wanted.flush()
        run(
            str(UV), "pip", "install", "--quiet",
            "--target", str(folder),
            "--python", sys.executable,
            "--python-platform", PLATFORMS[architecture],
            "--only-binary", ":all:",
            "--require-hashes",
            "--no-deps",
            "--requirement", wanted.name,
        )  # fmt: skip


def locked(name: str, lock: str) -> str:
    """Return a package's lines of a lock, its hashes included."""
    lines = lock.splitlines(keepends=True)
    try:
        first = next(at for at, line in enumerate(lines) if line.startswith(f"{name}=="))
    except StopIteration:
        raise PackageFailed(f"{name} is not locked. `make lock` locks it.") from None
    rest = lines[first + 1 :]
    length = next((at for at, line in enumerate(rest) if line[:1].strip()), len(rest))
    return "".join([lines[first], *rest[:length]])


def prune(folder: Path) -> None:
    """Remove what no request and no command reaches."""
    doomed = [found for pattern in NEVER_REACHED for found in folder.glob(pattern)]
    doomed += [
        data
        for data in (folder / "botocore" / "data").iterdir()
        if data.is_dir() and data.name not in SERVICES
    ]
    doomed += [
        language
        for locales in folder.glob("**/locale")
        for language in locales.iterdir()
        if language.is_dir() and language.name not in LANGUAGES
    ]
    for path in doomed:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def copy_sources(folder: Path) -> None:
    for name in SOURCES:
        shutil.copytree(ROOT / name, folder / name, ignore=lambda _, names: LEFT_OUT & set(names))
    shutil.copy(ROOT / "manage.py", folder)


def name_static_files(folder: Path) -> None:
    """Put the manifest where the site looks for it: pages name static files by their hashes."""
    with tempfile.TemporaryDirectory(prefix="garage-static-") as static:
        run(
            sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0",
            DJANGO_SETTINGS_MODULE="cloud.deployment.manifest_settings",
            GARAGE_ENV_FILE=str(ROOT / ".env.example"),
            GARAGE_MANIFEST_FOLDER=static,
        )  # fmt: skip
        place = folder / ".garage" / "static"
        place.mkdir(parents=True)
        shutil.copy(Path(static) / "staticfiles.json", place)


def compile_all(folder: Path) -> None:
    """Compile every module to bytecode that is believed without a look at its source."""
    ours = {folder / name for name in SOURCES}
    theirs = sorted(path for path in folder.iterdir() if path not in ours)
    compile_to_bytecode(folder, *sorted(ours))
    compile_to_bytecode(folder, "--alone", *theirs)


def compile_to_bytecode(folder: Path, *arguments: "str | Path") -> None:
    # In a process of its own, one module after the other: what a process has
    # seen before shows in the bytes.
    run(sys.executable, "-I", str(COMPILER), str(folder), *map(str, arguments), PYTHONHASHSEED="0")


def write_zip(folder: Path, path: Path) -> int:
    """Write a folder to a zip file, in one order and with one time; return its bytes unpacked."""
    unpacked = 0
    draft = path.with_suffix(".new")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            content = file.read_bytes()
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
            unpacked += len(content)
    draft.replace(path)
    return unpacked


def run(*command: str, **environment: str) -> None:
    """Run a tool; with `environment` nothing of the operator's own leaks in."""
    inherited = KEPT if environment else os.environ
    kept = {name: os.environ[name] for name in inherited if name in os.environ}
    ran = subprocess.run(  # noqa: S603 - our own commands
        command, cwd=ROOT, env=kept | environment, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        said = (ran.stderr or ran.stdout).strip()
        raise PackageFailed(f"{Path(command[0]).name} failed:\n{said}")
