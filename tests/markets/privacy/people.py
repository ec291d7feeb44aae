"""A merchant with personal data in every table, and how to find it."""

import json
from collections.abc import Callable
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from approvals.review.notes import add_note
from approvals.review.operations import request_changes
from core.actors import Actor
from markets.cities.models import City
from markets.models import Market
from markets.privacy.erasure import Erasure, erase_person
from markets.queries import get_market
from tests import factories
from tests.account import SessionAccount

OPERATOR = factories.OPERATOR


# The person's data, to search for.
LEGAL = "Ionescu Maria PFA"

EMAIL = "ionescu@example.com"

PHONE = "+40 268 413 777"

NAME = "Ionescu's candles"

ALT = "Mrs Ionescu in front of the stall"

MESSAGE = "Dear Mrs Ionescu"

NOTE = "Ionescu paid late."

SECRETS = ("Ionescu", "ionescu", PHONE)


def person(market_id: str) -> dict[str, Any]:
    return {
        "name": NAME,
        "legal_name": LEGAL,
        "contact_email": EMAIL,
        "phone": PHONE,
        "photos": (factories.photo(market_id, alt_text=ALT),),
    }


def make(maker: Callable[..., Market], actor: Actor, city: City) -> Market:
    """Make a market with the person's data in every field, photo included."""
    market = maker(actor, city, name=NAME, legal_name=LEGAL, contact_email=EMAIL, phone=PHONE)
    market = get_market(actor, market.key)
    for photo in market.photos:
        default_storage.save(photo.key, ContentFile(b"picture"))
    return market


def with_message(market: Market) -> Market:
    """Let the city request changes with a text, and an officer add a note."""
    officer = factories.officer(market.city)
    add_note(officer, market.city, market.key, note_id="n1", text=NOTE)
    request_changes(
        officer,
        market.city,
        market.key,
        expected_version=int(market.version or 0),
        requests=[("phone", MESSAGE)],
        text=MESSAGE,
    )
    return get_market(OPERATOR, market.key)


def erase(actor: Actor, user_id: str | None = None, **options: str) -> list[Erasure]:
    return list(erase_person(actor, user_id or actor.id, **options))


def photos_of(market: Market) -> list[str]:
    found = default_storage.iter_objects(f"markets/{market.market_id}/")  # type: ignore[attr-defined]
    return [name for name, _ in found]


def has_personal_data(account: SessionAccount, *ids: str) -> bool:
    return any(secret in items_naming(account, *ids) for secret in SECRETS)


def items_naming(account: SessionAccount, *ids: str) -> str:
    """Return every item of every table that names one of these, as an operator sees it."""
    database = account.operator.dynamodb
    found = []
    for table in database.list_tables()["TableNames"]:
        for page in database.get_paginator("scan").paginate(TableName=table):
            found += [
                text
                for item in page["Items"]
                if any(each in (text := json.dumps(item, default=str)) for each in ids)
            ]
    return "\n".join(found)
