"""Look the locked packages up in the register of known vulnerabilities: `make audit`.

pip-audit calls a package that the register does not know "skipped", and ends with "No
known vulnerabilities found" and exit code 0 even if it skipped all of them. Here an
audit passes only if every package was looked up.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.environment import ROOT

LOCKS = ("runtime", "deploy", "dev", "emulator", "uv", "biome")
"""The files in requirements/ that `make lock` writes. Each is audited by itself, since one
package may be locked with two versions."""
PIP_AUDIT = (sys.executable, "-m", "pip_audit")
OPTIONS = ("--disable-pip", "--progress-spinner", "off", "--desc", "off", "--format", "json")
TIME_LIMIT = 300  # seconds for one file


@dataclass(frozen=True)
class Verdict:
    """What one run of pip-audit says: how many packages it looked up, and why it fails, if so."""

    audited: int
    faults: Sequence[str]


def judge(output: str, errors: str, code: int) -> Verdict:
    """Return what a run of pip-audit says, from its output, error stream and exit code."""
    try:
        packages: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (errors.strip().splitlines() or ["It printed nothing."])[-1]
        return Verdict(
            0,
            [f"pip-audit could not ask the register of vulnerabilities; nothing is known. {last}"],
        )
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    audited = len(packages) - len(skipped)
    faults = [vulnerability(each, found) for each in packages for found in each.get("vulns", [])]
    if not packages:
        faults.append("There was no package to audit.")
    elif not audited:
        faults.append(
            f"None of {len(packages)} packages was audited: the register knows none of them."
            " It is probably not what answers here; nothing is known."
        )
    elif skipped:
        faults.append(
            f"{len(skipped)} of {len(packages)} packages were not audited, because the register"
            f" does not know them: {', '.join(skipped)}."
        )
    if code and not faults:
        faults.append(f"pip-audit ended with exit code {code}.")
    return Verdict(audited, faults)


def vulnerability(package: dict[str, Any], found: dict[str, Any]) -> str:
    fixed = ", ".join(found["fix_versions"])
    return (
        f"{package['name']} {package['version']}: {found['id']},"
        f" {f'fixed in {fixed}' if fixed else 'not fixed yet'}."
    )


def audit(lock: str, *options: str) -> Verdict:
    """Run pip-audit on a file of requirements/, with further options of its own."""
    file = str(ROOT / "requirements" / f"{lock}.txt")
    try:
        run = subprocess.run(  # noqa: S603 - a fixed program, and the options of whoever runs it
            [*PIP_AUDIT, *OPTIONS, "--requirement", file, *options],
            capture_output=True,
            text=True,
            check=False,
            timeout=TIME_LIMIT,
        )
    except subprocess.TimeoutExpired:
        return Verdict(0, [f"pip-audit did not end in {TIME_LIMIT} seconds; nothing is known."])
    return judge(run.stdout, run.stderr, run.returncode)


def main(options: Sequence[str]) -> int:
    """Audit all locked packages; return 0 if each was looked up and none is vulnerable."""
    failed = False
    for lock in LOCKS:
        verdict = audit(lock, *options)
        for fault in verdict.faults:
            sys.stderr.write(f"requirements/{lock}.txt: {fault}\n")
        if not verdict.faults:
            sys.stdout.write(
                f"requirements/{lock}.txt: {verdict.audited} packages audited,"
                " no known vulnerabilities.\n"
            )
        failed = failed or bool(verdict.faults)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
