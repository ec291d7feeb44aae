"""The programme for other programs: JSON for the city's own site, schema.org, a calendar.

Of a merchant, the feeds publish only what the programme's page shows: the stall,
but no personal name, no address and no user id.
"""

import json
from collections.abc import Iterable
from datetime import UTC, timedelta
from typing import Any

from django.utils.safestring import SafeString

from core import clock
from markets.cities.models import City, MarketDays
from markets.models import Market
from programme.queries import public_photos

CONTEXT = "https://schema.org"
# In HTML these could end the script element; escaped, they mean the same in JSON.
ESCAPES = str.maketrans({"<": "\\u003C", ">": "\\u003E", "&": "\\u0026"})


def serialize_market(market: Market, city: City) -> dict[str, Any]:
    """Return the published fields of a stall, by their names in JSON."""
    return {
        "marketId": market.market_id,
        "marketName": market.name,
        "marketDescription": market.description,
        "marketAveragePrice": format(market.average_price, "f"),
        "currency": city.currency,
        "category": market.category,
        "photos": [
            {
                "url": photo.url,
                "srcset": photo.srcset,
                "width": int(photo.width),
                "height": int(photo.height),
                "altText": photo.alt_text,
            }
            for photo in public_photos(market)
        ],
    }


def serialize_city(city: City, url: str) -> dict[str, Any]:
    """Return the published fields of a city; `url` is the programme's page."""
    market_days = city.market_days
    return {
        "slug": city.slug,
        "name": city.name,
        "programme": url,
        "marketDays": market_days
        and {
            "opens": market_days.opens.isoformat(),
            "closes": market_days.closes.isoformat(),
            "place": market_days.place,
        },
    }


def linked_data(city: City, markets: Iterable[Market], url: str) -> dict[str, Any]:
    """Return a page of the programme in the vocabulary of schema.org."""
    stalls = {
        "@type": "ItemList",
        "name": f"Stalls of {city.name}",
        "url": url,
        "itemListElement": [
            {"@type": "ListItem", "position": position, "item": _stall(market, city)}
            for position, market in enumerate(markets, 1)
        ],
    }
    graph = [_event(city, city.market_days, url), stalls] if city.market_days else [stalls]
    return {"@context": CONTEXT, "@graph": graph}


def as_script(data: dict[str, Any]) -> SafeString:
    """Return data as JSON that is safe inside a script element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(ESCAPES)
    return SafeString(text)


def _event(city: City, market_days: MarketDays, url: str) -> dict[str, Any]:
    return {
        "@type": "Festival",
        "name": title(city),
        "url": url,
        "startDate": market_days.opens.isoformat(),
        "endDate": market_days.closes.isoformat(),
        "eventStatus": f"{CONTEXT}/EventScheduled",
        "eventAttendanceMode": f"{CONTEXT}/OfflineEventAttendanceMode",
        "location": {
            "@type": "Place",
            "name": market_days.place,
            "address": {"@type": "PostalAddress", "addressLocality": city.name},
        },
        "organizer": {
            "@type": "GovernmentOrganization",
            "name": f"City hall of {city.name}",
            "email": city.contact,
        },
    }


def _stall(market: Market, city: City) -> dict[str, Any]:
    return {
        "@type": "Store",
        "name": market.name,
        "description": market.description,
        "image": [photo.url for photo in public_photos(market)],
        "priceRange": f"about {market.average_price} {city.currency}",
        "currenciesAccepted": city.currency,
        "address": {"@type": "PostalAddress", "addressLocality": city.name},
    }


def calendar(city: City, market_days: MarketDays, url: str, *, host: str) -> bytes:
    """Return the market days as an iCalendar file (RFC 5545): one event of whole days."""
    from icalendar import Calendar, Event

    event = Event.new(
        uid=f"{city.slug}-{market_days.opens.year}@{host}",
        # The day without the time, so that the file, and its ETag, stay the same all day.
        stamp=clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0),
        summary=title(city),
        start=market_days.opens,
        end=market_days.closes + timedelta(days=1),  # an end is exclusive
        location=market_days.place,
        description=f"The stalls and their goods: {url}",
        url=url,
        sequence=int(city.version),
    )
    event.add("transp", "TRANSPARENT")  # does not mark people as busy
    calendar = Calendar.new(
        prodid="-//Garage//Christmas markets//EN",
        uid=f"{city.slug}@{host}",
        name=title(city),
        subcomponents=[event],
    )
    # The type is required (RFC 7986, 5.7), and the library does not write it.
    calendar.add("refresh-interval", timedelta(days=1), {"VALUE": "DURATION"})
    file: bytes = calendar.to_ical()
    return file


def title(city: City) -> str:
    return f"Christmas market of {city.name}"
