"""Whether the site's policy grants what the site asks for, and nothing that it never does.

`python -m tests.infra.grants` looks at the record of the last run of the tests,
so it says something after all of them: `make test` asks it at the end. What was
not granted has failed a test by then, and is named here as well.
"""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from core.environment import STATE

RECORD = STATE / "grants.json"

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


def write(policy: dict[str, Any], calls: Path, principal: str) -> None:
    """Keep what `principal` asked for during a run, by MiniStack's record of all calls."""
    asked = {
        (call["action"], call["resource"])
        for call in map(json.loads, calls.read_text().splitlines())
        if call["who"].endswith(principal) and call["allowed"]
    }
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    RECORD.write_text(json.dumps({"policy": policy, "calls": sorted(asked)}, indent=1))


def main() -> None:
    record = json.loads(RECORD.read_text())
    verdict = judge(record["policy"], [tuple(call) for call in record["calls"]])
    sys.stdout.writelines(f"{line}\n" for line in verdict.lines())
    sys.exit(bool(verdict.lines()))


if __name__ == "__main__":
    main()
