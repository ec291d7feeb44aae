"""The search for secrets in `make check` finds what it should, with the same options."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from core.environment import ROOT

COMMAND = re.search(r"^SECRETS := \$\(BIN\)/(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
KEY = "AKIA" + "Q3EGRIPXN5ZL7TBD"  # in two parts, so that this file passes
SECRETS = {
    "settings.py": f'KEY = "{KEY}"',
    "stage.yaml": "pass" + "word: r7Jw0-Tq5z-Lm2x",
    "id_rsa": "-----BEGIN RSA " + "PRIVATE KEY-----",
    ".env": "GARAGE_SECRET_KEY=zV5tq9Xh2Lw8Rk4Nc7Bd1Fg6Jm3Ps0Ty",  # pragma: allowlist secret
}


def search(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
    assert COMMAND
    program, *options = shlex.split(COMMAND[1].replace("$$", "$"))
    return subprocess.run(  # noqa: S603 - the Makefile's own command
        [Path(sys.executable).with_name(program), *options, *names],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", SECRETS)
def test_secret_is_found(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(SECRETS[name] + "\n")
    found = search(tmp_path, name)
    assert found.returncode == 1
    assert f"{name}:1" in found.stdout


def test_allowlisted_line_is_ignored(tmp_path: Path) -> None:
    line = SECRETS["settings.py"]
    (tmp_path / "a.py").write_text(f"# pragma: allowlist nextline secret\n{line}\n")
    assert search(tmp_path, "a.py").returncode == 0
