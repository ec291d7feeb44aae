"""The Chromium of the tests: `python -m tests.browser.install` installs it if it is missing.

An installed Chromium is used if there is one; CHROMIUM names one that is not on
the PATH.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The shell comes first: the same browser without its windows takes a quarter of the time."""
DEBIANS = ("chromium-headless-shell", "fonts-dejavu-core")


class NoSuchChromium(Exception):
    """CHROMIUM does not name a program."""


def chromium() -> Path | None:
    """Return the Chromium to use, or None where there is none.

    The one that CHROMIUM names, else the first on the PATH, else Playwright's own.
    """
    if named := os.environ.get("CHROMIUM"):
        if not (found := shutil.which(named)):
            raise NoSuchChromium(f"CHROMIUM is {named}, which is not a program.")
        return Path(found)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    own = playwrights_own()
    return own if own.exists() else None


def playwrights_own() -> Path:
    """Return where Playwright would have its Chromium, whether or not it is there."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def commands() -> list[list[str]]:
    """Return what to run, one after the other, to get a Chromium on this machine."""
    is_root = os.geteuid() == 0
    if is_root and on_debian() and shutil.which("apt-get"):
        return [
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *DEBIANS],
        ]
    # With root's powers, also the libraries that it needs.
    libraries = ["--with-deps"] if is_root and sys.platform == "linux" else []
    return [[sys.executable, "-m", "playwright", "install", *libraries, "--only-shell", "chromium"]]


def on_debian() -> bool:
    """Whether this is Debian itself: Ubuntu's package of that name needs snap."""
    try:
        return platform.freedesktop_os_release().get("ID") == "debian"
    except OSError:
        return False


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    try:
        found = chromium()
    except NoSuchChromium as fault:
        sys.exit(str(fault))
    if found:
        say(f"The tests drive {found}.")
        return
    to_run = commands()
    say(f"There is no Chromium here; installing one: {' '.join(to_run[-1])}")
    for command in to_run:
        subprocess.run(command, check=True)  # noqa: S603 (our own commands)
    if not chromium():
        sys.exit("No Chromium was installed. Install one, or name it in CHROMIUM.")


if __name__ == "__main__":
    main()
