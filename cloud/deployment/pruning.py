"""What is deleted from the locked packages before they go into the function's package."""

import shutil
from pathlib import Path

SERVICES = {"cognito-idp", "dynamodb", "s3", "secretsmanager", "ses"}
"""AWS services that the function uses. Any other is an unknown service to its botocore."""

LANGUAGES = {"de", "en", "en_GB", "ro"}
"""The languages of Django's own translations that stay."""

UNUSED_IMAGE_FORMATS = (
    "Blp", "BufrStub", "Cur", "Dcx", "Dds", "Eps", "Fits", "Fli", "Fpx", "Ftex", "Gbr",
    "GribStub", "Hdf5Stub", "Icns", "Ico", "Im", "Imt", "Iptc", "Mcidas", "Mic", "Mpeg", "Msp",
    "Palm", "Pcd", "Pcx", "Pdf", "Pixar", "Psd", "Qoi", "Sgi", "Spider", "Sun", "Tga", "Wal",
    "Wmf", "XVThumb", "Xbm", "Xpm",
)  # fmt: skip
"""Plugins of Pillow for formats that no photo has."""

UNUSED = (
    ".lock",
    "bin",
    *(f"PIL/{name}ImagePlugin.py" for name in UNUSED_IMAGE_FORMATS),
    "PIL/_avif.*",
    "PIL/_imagingft.*",
    "PIL/_imagingmath.*",
    "PIL/_imagingmorph.*",
    "PIL/_imagingtk.*",
    "pillow.libs/libavif-*",  # two megabytes; phones and cameras write no AVIF
    "pillow.libs/libbrotli*",
    "pillow.libs/libfreetype-*",
    "pillow.libs/libharfbuzz-*",
    "pillow.libs/libpng16-*",
    "boto3/data/[!s]*",
    "boto3/examples",
    "botocore/data/*/*/examples-*",
    "botocore/data/*/*/paginators-*",
    "botocore/data/*/*/waiters-*",
    "botocore/cacert.pem",  # requests and botocore use certifi's
    "cffi",  # cryptography needs only its backend
    "dateutil/zoneinfo/*.tar.gz",
    "django/bin",
    "django/conf/app_template",
    "django/conf/project_template",
    "django/contrib/admin",
    "django/contrib/auth/common-passwords.txt.gz",  # Cognito checks passwords
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
"""Patterns of paths in the package. The licences stay."""


def prune(folder: Path) -> None:
    """Delete the files that no request and no command uses."""
    unused = [found for pattern in UNUSED for found in folder.glob(pattern)]
    unused += [
        data
        for data in (folder / "botocore" / "data").iterdir()
        if data.is_dir() and data.name not in SERVICES
    ]
    unused += [
        language
        for locales in folder.glob("**/locale")
        for language in locales.iterdir()
        if language.is_dir() and language.name not in LANGUAGES
    ]
    for path in unused:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
