"""What the history records of a market: its fields, fit for JSON."""

from typing import Any

from markets.details import LABELS
from markets.models import Market

# What the record of a version tells of a market, under its names in JSON.
RECORDED = {
    Market.get_attributes()[name].attr_name: name
    for name in ("user_id", *LABELS, "status", "reason_code", "decision_text", "change_requests")
}


def recorded(market: Market) -> dict[str, Any]:
    """Return the fields of a market that its history keeps, fit for JSON."""
    facts: dict[str, Any] = {}
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
        facts[json_name] = value
    return facts


def differences(
    before: dict[str, Any], after: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both sides of the fields that differ."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {n: before.get(n) for n in names}, {n: after.get(n) for n in names}
