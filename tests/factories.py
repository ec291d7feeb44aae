"""Plain functions that make what a test needs, with new ids each time."""

import secrets
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from approvals.reply_templates.models import Occasion, ReplyTemplate
from approvals.reply_templates.operations import add_reply_template
from approvals.review.operations import approve_market, reject_market
from core import clock
from core.actors import Actor
from markets.cities.models import City
from markets.cities.operations import save_city
from markets.details import MarketDetails
from markets.models import Language, Market, Photo, ReasonCode
from markets.operations import create_draft, submit_market

OPERATOR = Actor.operator("tests")

registered: list[City] = []
"""The cities of the current test. They go with it, because nearly every page reads all cities."""


def make_city(**values: Any) -> City:
    """Register a city whose call is open, unless `values` say otherwise."""
    today = clock.now().date()
    slug = f"city-{secrets.token_hex(5)}"
    defaults = {
        "code": "TST",
        "name": slug.title(),
        "language": "en",
        "currency": "EUR",
        "time_zone": "Europe/Vienna",
        "contact": "office@example.com",
        "opens": (today - timedelta(days=10)).isoformat(),
        "closes": (today + timedelta(days=10)).isoformat(),
        "decide_by": (today + timedelta(days=20)).isoformat(),
        "market_days_open": (today + timedelta(days=30)).isoformat(),
        "market_days_close": (today + timedelta(days=60)).isoformat(),
        "place": "Market Square",
    }
    city = save_city(OPERATOR, City(slug, **defaults | values))
    registered.append(city)
    return city


def merchant() -> Actor:
    return Actor.merchant(str(uuid4()))


def officer(*city_slugs: str) -> Actor:
    return Actor.officer(str(uuid4()), frozenset(city_slugs))


def photo(market_id: str, **values: Any) -> Photo:
    """A photo as it is recorded; no object is stored for it."""
    sha256 = secrets.token_hex(32)
    defaults = {"alt_text": "The stall at night", "width": 1200, "height": 900, "sha256": sha256}
    return Photo(key=f"markets/{market_id}/{sha256[:32]}.webp", **defaults | values)


def details(market_id: str, **values: Any) -> MarketDetails:
    """Everything that a submission needs."""
    defaults: dict[str, Any] = {
        "name": "Lime wood and candles",
        "description": "Carved spoons\nBeeswax candles",
        "average_price": Decimal("12.50"),
        "category": "crafts",
        "photos": (photo(market_id),),
        "legal_name": "Test Crafts Ltd",
        "contact_email": "merchant@example.com",
        "language": "en",
    }
    return MarketDetails(**defaults | values)


def draft(actor: Actor, city: City, **values: Any) -> Market:
    market_id = str(values.pop("market_id", uuid4()))
    return create_draft(
        actor, market_id=market_id, city_slug=city.slug, details=details(market_id, **values)
    )


def submitted(actor: Actor, city: City, **values: Any) -> Market:
    return submit_market(actor, draft(actor, city, **values).key, expected_version=1)


def approved(actor: Actor, city: City, **values: Any) -> Market:
    market = submitted(actor, city, **values)
    return approve_market(officer(city.slug), city.slug, market.key, expected_version=2)


def rejected(actor: Actor, city: City, **values: Any) -> Market:
    market = submitted(actor, city, **values)
    return reject_market(
        officer(city.slug),
        city.slug,
        market.key,
        expected_version=2,
        reason_code=ReasonCode.NO_SPACE,
        text="There is no space left.",
    )


def reply_template(actor: Actor, city: City, **values: Any) -> ReplyTemplate:
    defaults = {
        "template_id": str(uuid4()),
        "language": Language.EN,
        "title": "No room",
        "occasion": Occasion.REJECT,
        "text": "Dear {merchant}, no room in {city}.",
    }
    return add_reply_template(actor, city.slug, **defaults | values)
