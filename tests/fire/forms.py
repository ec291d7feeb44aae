"""What the pages send for each action to an application, and the operations behind them."""

from collections.abc import Mapping
from dataclasses import dataclass

from uuid6 import uuid7

from core.actors import Actor
from markets.models import MarketKey, ReasonCode
from tests.fire.model import MERCHANT_ACTIONS, ModelApplication

REJECTION = "There is no space left."
CHANGE = "A shorter name, please."


@dataclass(frozen=True)
class Form:
    """The last part of a form's address, and the fields that are always the same."""

    slug: str
    fields: Mapping[str, str]


FORMS: Mapping[str, Form] = {
    "revise": Form("market", {"category": "crafts"}),
    "submit": Form("check", {}),
    "withdraw": Form("withdraw", {}),
    "delete": Form("delete", {}),
    "approve": Form("approve", {}),
    "reject": Form("reject", {"reason_code": ReasonCode.NO_SPACE.value, "text": REJECTION}),
    "request_changes": Form("request-changes", {"ask_name": CHANGE}),
    "undo": Form("undo", {}),
    "assign": Form("assign", {}),
    "note": Form("notes", {}),
}


def key_of(application: ModelApplication) -> MarketKey:
    return MarketKey(application.owner, application.market_id)


def filled_in(
    actor: Actor, application: ModelApplication, action: str, *, version: int, name: str
) -> tuple[str, dict[str, str]]:
    """Return the address and the fields of an action's form, for the version that was seen.

    `name` is the new one for a revision, and the text of a note.
    """
    form = FORMS[action]
    if action in MERCHANT_ACTIONS:
        url = f"/markets/{application.market_id}/{form.slug}/"
    else:
        path = f"markets/{application.owner}/{application.market_id}/{form.slug}/"
        url = f"/city-hall/{application.city}/{path}"
    fields = {"expected_version": str(version), **form.fields}
    if action == "revise":
        fields["name"] = name
    if action == "assign":
        fields["assignee"] = actor.id
    if action == "note":
        fields |= {"note_id": str(uuid7()), "text": name}
    return url, fields
