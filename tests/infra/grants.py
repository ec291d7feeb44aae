"""Compare the site's policy with the calls of the tests: unused grants and refused calls.

`python -m tests.infra.grants` reads the records of the last run of all
tests; `make test` runs it at the end. A call that was not granted has failed a test
by then; this names it too.
"""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from core.environment import STATE

RECORDS = STATE / "grants"
"""A file from each process that ran tests, on an account of its own."""

Grant = tuple[str, str]
"""An action and the pattern of the resources that it is granted on."""

UNTESTED = {
    # Only uploads in parts that break off ask for it.
    "s3:AbortMultipartUpload",
}


@dataclass(frozen=True)
class Verdict:
    unused: list[Grant]
    refused: list[Grant]

    def lines(self) -> list[str]:
        return [
            *(
                f"granted and never used: {action} on {resource}"
                for action, resource in self.unused
            ),
            *(
                f"asked for and refused: {action} on {resource}"
                for action, resource in self.refused
            ),
        ]


def grants(policy: dict[str, Any]) -> list[Grant]:
    """Return what a policy document grants, each action on each resource by itself."""
    return [
        (action, resource)
        for statement in policy["Statement"]
        if statement["Effect"] == "Allow"
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    ]


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def judge(policy: dict[str, Any], calls: Iterable[Grant]) -> Verdict:
    granted = grants(policy)
    used = {grant for grant in granted for call in calls if covers(grant, call)}
    return Verdict(
        unused=sorted(grant for grant in granted if grant not in used and grant[0] not in UNTESTED),
        refused=sorted(
            call for call in set(calls) if not any(covers(grant, call) for grant in granted)
        ),
    )


def covers(grant: Grant, call: Grant) -> bool:
    return fnmatchcase(call[0], grant[0]) and fnmatchcase(call[1], grant[1])


def forget() -> None:
    """Delete the records of the run before."""
    for old in RECORDS.glob("*.json"):
        old.unlink()


def write(process: str, policy: dict[str, Any], calls: Path, principal: str) -> None:
    """Write what `principal` called in a process's run, from MiniStack's record of all calls."""
    asked = {
        (call["action"], call["resource"])
        for call in map(json.loads, calls.read_text().splitlines())
        if call["who"].endswith(principal) and call["allowed"]
    }
    RECORDS.mkdir(parents=True, exist_ok=True)
    record = json.dumps({"policy": policy, "calls": sorted(asked)}, indent=1)
    (RECORDS / f"{process}.json").write_text(record)


def together(records: Iterable[dict[str, Any]]) -> Verdict:
    """Compare the calls of all processes: each had its own account, all had the same policy."""
    policies, calls = [], set[Grant]()
    for record in records:
        policies.append(record["policy"])
        calls.update((action, resource) for action, resource in record["calls"])
    if not policies or any(policy != policies[0] for policy in policies):
        raise ValueError(f"{len(policies)} records, which are not of one run of the tests.")
    return judge(policies[0], calls)


def main() -> None:
    verdict = together(json.loads(path.read_text()) for path in sorted(RECORDS.glob("*.json")))
    sys.stdout.writelines(f"{line}\n" for line in verdict.lines())
    sys.exit(bool(verdict.lines()))


if __name__ == "__main__":
    main()
