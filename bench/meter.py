"""Measure the calls of DynamoDB: their number, read units and bytes."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from core.dynamodb import connection


@dataclass
class Meter:
    """What was measured since the start of the block."""

    calls: list[str] = field(default_factory=list)
    units: float = 0.0
    received: int = 0  # bytes of the responses' bodies

    def report(self) -> dict[str, Any]:
        return {"calls": self.calls, "read_units": self.units, "bytes": self.received}


@contextmanager
def metered() -> Generator[Meter]:
    """Measure this process's calls of DynamoDB inside the block."""
    meter = Meter()

    def ask_for_units(params: dict[str, Any], model: Any, **_: Any) -> None:
        meter.calls.append(model.name)
        params["ReturnConsumedCapacity"] = "TOTAL"

    def note(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
        meter.received += len(http_response.content)
        consumed = parsed.get("ConsumedCapacity", {})
        for each in consumed if isinstance(consumed, list) else [consumed]:
            meter.units += each.get("CapacityUnits", 0.0)

    events = connection().client.meta.events
    events.register("before-parameter-build.dynamodb", ask_for_units)
    events.register("after-call.dynamodb", note)
    try:
        yield meter
    finally:
        events.unregister("before-parameter-build.dynamodb", ask_for_units)
        events.unregister("after-call.dynamodb", note)
