"""MiniStack as `cloud.emulator.launcher` serves it, with a record of every checked call.

Each line of `calls.jsonl` in the state folder: who, action, resource, whether it was
allowed. Calls with the root key are not checked, and not recorded.
"""

import importlib.util
import json
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import Any

LAUNCHER = Path(__file__).resolve().parents[1] / "cloud" / "emulator" / "launcher.py"


def record(folder: Path) -> None:
    import ministack.app
    from ministack.core import iam_evaluator

    lines = (folder / "calls.jsonl").open("a", buffering=1)
    evaluate, enforce = iam_evaluator.evaluate, iam_evaluator.enforce
    asked: ContextVar[str | None] = ContextVar("asked", default=None)

    def evaluated(context: Any, *policies: Any) -> Any:
        asked.set(context.principal_arn)
        return evaluate(context, *policies)

    def enforced(key: str, action: str, service: str, region: str, *rest: Any, **more: Any) -> Any:
        asked.set(None)
        refusal = enforce(key, action, service, region, *rest, **more)
        if who := asked.get():
            resource = rest[0] if rest else more.get("resource_arn", "*")
            call = {"who": who, "action": action, "resource": resource, "allowed": refusal is None}
            lines.write(json.dumps(call) + "\n")
        return refusal

    iam_evaluator.evaluate = evaluated
    iam_evaluator.enforce = ministack.app.enforce = enforced


def main() -> None:
    specification = importlib.util.spec_from_file_location("launcher", LAUNCHER)
    assert specification
    assert specification.loader
    launcher = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(launcher)
    arguments = dict(argument.lstrip("-").split("=", 1) for argument in sys.argv if "=" in argument)
    record(Path(arguments["state"]))
    launcher.main()


if __name__ == "__main__":
    main()
