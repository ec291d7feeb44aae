"""An audit of the packages passes only if it looked every one of them up.

pip-audit itself runs, on the locks of the repository. The register is a server on this
machine that speaks OSV's protocol; what pip-audit printed where PyPI knew no package is
kept in `skipped.json`.
"""

import json
import socket
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.environment import ROOT
from tests.security import audit

SKIPPED = Path(__file__).with_name("skipped.json").read_text()
"""What `pip-audit --format json` printed, with exit code 0, where PyPI has no register."""
VULNERABLE = {
    "vulns": [
        {
            "id": "PYSEC-2026-1",
            "affected": [
                {
                    "package": {"name": "uv", "ecosystem": "PyPI"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "9999.1"}]}],
                }
            ],
        }
    ]
}


@contextmanager
def register(answer: object, status: int = 200) -> Iterator[tuple[str, ...]]:
    """Answer every question with `answer`; yield the options that make pip-audit ask here."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        yield asking(server.server_port)
        server.shutdown()


def asking(port: int) -> tuple[str, ...]:
    return ("--vulnerability-service", "osv", "--osv-url", f"http://127.0.0.1:{port}/v1/query")


@pytest.fixture
def closed_port() -> Generator[int]:
    """Bind a port, so that nobody else takes it, and do not listen."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_audited_packages_pass() -> None:
    with register({}) as options:
        assert audit.audit("uv", *options) == audit.Verdict(1, [])


def test_vulnerability_is_reported_with_fix() -> None:
    with register(VULNERABLE) as options:
        (fault,) = audit.audit("uv", *options).faults
    assert fault.startswith("uv ")
    assert fault.endswith(": PYSEC-2026-1, fixed in 9999.1.")


def test_unreachable_register_fails_in_one_line(
    closed_port: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "LOCKS", ("uv",))
    assert audit.main(asking(closed_port)) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(
        "requirements/uv.txt: pip-audit could not ask the register of vulnerabilities;"
        " nothing is known. "
    )
    assert output.err.count("\n") == 1


def test_broken_register_fails() -> None:
    with register({"message": "later"}, status=503) as options:
        assert "could not ask" in audit.audit("uv", *options).faults[0]


def test_silent_register_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "TIME_LIMIT", 0.2)
    assert "did not end" in audit.audit("uv").faults[0]


def test_audit_fails_if_all_packages_were_skipped() -> None:
    verdict = audit.judge(SKIPPED, "No known vulnerabilities found\n", 0)
    assert verdict.audited == 0
    (fault,) = verdict.faults
    assert fault.startswith("None of 36 packages was audited")


def test_audit_fails_if_one_package_was_skipped() -> None:
    packages = json.loads(SKIPPED)["dependencies"]
    packages[1:] = [{"name": each["name"], "version": "1", "vulns": []} for each in packages[1:]]
    verdict = audit.judge(json.dumps({"dependencies": packages, "fixes": []}), "", 0)
    assert verdict.audited == 35
    (fault,) = verdict.faults
    assert fault.startswith("1 of 36 packages were not audited")
    assert fault.endswith(": asgiref.")


@pytest.mark.parametrize(
    ("output", "code"),
    [("", 1), ("", 0), ("[]", 0), ('{"dependencies": [], "fixes": []}', 0)],
)
def test_audit_fails_without_packages(output: str, code: int) -> None:
    assert audit.judge(output, "", code).faults


def test_audit_fails_with_exit_code() -> None:
    known = {"dependencies": [{"name": "django", "version": "6.1.3", "vulns": []}], "fixes": []}
    assert audit.judge(json.dumps(known), "", 0).faults == []
    assert audit.judge(json.dumps(known), "", 2).faults == ["pip-audit ended with exit code 2."]


def test_all_locks_are_audited() -> None:
    assert {each.stem for each in (ROOT / "requirements").glob("*.txt")} == set(audit.LOCKS)
