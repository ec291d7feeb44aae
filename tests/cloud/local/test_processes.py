"""Child processes end with their parent and get a clean environment."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from cloud.local.ports import LOOPBACK, free_port, is_free
from cloud.local.processes import ProcessFailed, clean_environment, run_module


def await_port(port: int, *, free: bool) -> None:
    deadline = time.monotonic() + 15
    while is_free(port) is not free:
        assert time.monotonic() < deadline, f"port {port} should be {'free' if free else 'taken'}"
        time.sleep(0.05)


def test_process_ends_when_parent_is_killed() -> None:
    port = free_port()
    script = (
        "import sys, time; from cloud.local.processes import run_module\n"
        "with run_module('Web', 'http.server', '--bind=127.0.0.1', sys.argv[1], variables={}):\n"
        "    print('up', flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", script, str(port)], stdout=subprocess.PIPE
    )
    with parent:
        assert parent.stdout
        parent.stdout.readline()
        await_port(port, free=False)
        parent.kill()
    await_port(port, free=True)


def test_process_ends_with_context_manager(tmp_path: Path) -> None:
    port = free_port()
    server = run_module(
        "Web", "http.server", f"--bind={LOOPBACK}", str(port), variables={}, log=tmp_path / "log"
    )
    with server as process:
        await_port(port, free=False)
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/") as answer:
            assert answer.status == 200
        process.check()
    assert is_free(port)


def test_unexpected_exit_is_detected(tmp_path: Path) -> None:
    with run_module("Web", "http.server", "--bind=no.such.host.invalid", variables={},
               log=tmp_path / "log") as process:  # fmt: skip
        process.popen.wait()
        with pytest.raises(ProcessFailed, match=r"Web has ended unexpectedly \(exit code 1\)"):
            process.check()


def test_failed_process_shows_end_of_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        run_module("Counting", "no_such_module", variables={}, log=log) as work,
        pytest.raises(ProcessFailed, match=r"(?s)Counting failed.*no_such_module"),
    ):
        work.wait_until_done()


def test_developer_credentials_are_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "company")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    monkeypatch.setenv("GARAGE_STAGE", "production")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "cloud.settings")
    monkeypatch.setenv("GARAGE_DEBUG", "true")
    environment = clean_environment({"GARAGE_STAGE": "local"})
    ours = {name for name in environment if name.startswith(("AWS_", "GARAGE_", "DJANGO_"))}
    assert ours == {"GARAGE_STAGE", "GARAGE_DEBUG"}
    assert environment["GARAGE_STAGE"] == "local"
    assert environment["PATH"] == os.environ["PATH"]


def test_ctrl_c_signals_parent_only(tmp_path: Path) -> None:
    """The terminal signals a whole process group; each process has a group of its own."""
    with run_module("Web", "http.server", str(free_port()), f"--bind={LOOPBACK}", variables={},
               log=tmp_path / "log") as process:  # fmt: skip
        assert os.getpgid(process.pid) != os.getpgid(0)
        assert process.popen.poll() is None
    assert process.popen.returncode in {0, -signal.SIGTERM}
