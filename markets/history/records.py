"""Which fields of a market its history records, and their values for JSON."""

from typing import Any

from markets.details import LABELS
from markets.models import Market

RECORDED = {
    Market.get_attributes()[name].attr_name: name
    for name in ("user_id", *LABELS, "status", "reason_code", "decision_text", "change_requests")
}
"""The recorded fields: name in JSON → attribute of Market."""


def recorded(market: Market) -> dict[str, Any]:
    """Return the recorded fields of a market, under their names in JSON."""
    values: dict[str, Any] = {}
    for json_name, name in RECORDED.items():
        value = getattr(market, name)
        if name == "photos":
            value = [
                {
                    "key": photo.key,
                    "altText": photo.alt_text,
                    "role": photo.role or "",
                    "sha256": photo.sha256,
                }
                for photo in value
            ]
        elif name == "change_requests":
            value = [{"field": each.field, "message": each.message} for each in value]
        elif name in {"average_price", "frontage_m", "power_kw"} and value is not None:
            value = format(value, "f")
        values[json_name] = value
    return values


def differences(
    before: dict[str, Any], after: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values that differ: those before and those after."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {n: before.get(n) for n in names}, {n: after.get(n) for n in names}
