from pathlib import Path

import pytest

from tests.browser import install


def program(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder on the PATH; nothing names a Chromium elsewhere."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    return tmp_path


def test_chromium_on_path_is_used(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chrome = program(folder, "google-chrome")
    assert install.chromium() == chrome
    chromium = program(folder, "chromium")
    assert install.chromium() == chromium
    install.main()
    assert capsys.readouterr().out == f"The tests drive {chromium}.\n"


def test_named_chromium_comes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(folder, "chromium")
    named = program(folder, "my-chromium")
    monkeypatch.setenv("CHROMIUM", str(named))
    assert install.chromium() == named


def test_missing_named_chromium_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(folder, "chromium")
    monkeypatch.setenv("CHROMIUM", str(folder / "gone"))
    with pytest.raises(install.NoSuchChromium, match="gone"):
        install.chromium()
    with pytest.raises(SystemExit, match="gone"):
        install.main()
