"""The programme for machines: JSON for the city's own site, schema.org, a calendar.

What is published of a merchant is what the programme's page shows: no name but
the market's, no address, and no id of the person.
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
# In HTML they would end the script; in a JSON string they mean the same escaped.
ESCAPES = str.maketrans({"<": "\\u003C", ">": "\\u003E", "&": "\\u0026"})


def facts(market: Market, city: City) -> dict[str, Any]:
    """Return what is published of a market, under its names in JSON."""
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


def facts_of_city(city: City, url: str) -> dict[str, Any]:
    """Return what is published of a city; `url` is the programme's page."""
    season = city.market_days
    return {
        "slug": city.slug,
        "name": city.name,
        "programme": url,
        "season": season
        and {
            "opens": season.opens.isoformat(),
            "closes": season.closes.isoformat(),
            "place": season.place,
        },
    }


def linked_data(city: City, markets: Iterable[Market], url: str) -> dict[str, Any]:
    """Return a page of the programme in the terms of schema.org."""
    stalls = {
        "@type": "ItemList",
        "name": f"Markets of {city.name}",
        "url": url,
        "itemListElement": [
            {"@type": "ListItem", "position": position, "item": _stall(market, city)}
            for position, market in enumerate(markets, 1)
        ],
    }
    graph = [_event(city, city.market_days, url), stalls] if city.market_days else [stalls]
    return {"@context": CONTEXT, "@graph": graph}


def as_script(data: dict[str, Any]) -> SafeString:
    """Return data as JSON that may stand inside a script element of a page."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(ESCAPES)
    return SafeString(text)


def _event(city: City, season: MarketDays, url: str) -> dict[str, Any]:
    return {
        "@type": "Festival",
        "name": title(city),
        "url": url,
        "startDate": season.opens.isoformat(),
        "endDate": season.closes.isoformat(),
        "eventStatus": f"{CONTEXT}/EventScheduled",
        "eventAttendanceMode": f"{CONTEXT}/OfflineEventAttendanceMode",
        "location": {
            "@type": "Place",
            "name": season.place,
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


def calendar(city: City, season: MarketDays, url: str, *, host: str) -> bytes:
    """Return the season as an iCalendar file (RFC 5545): one event of whole days."""
    from icalendar import Calendar, Event

    event = Event.new(
        uid=f"{city.slug}-{season.opens.year}@{host}",
        # Stamped with the day, so that the file stays the same for one.
        stamp=clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0),
        summary=title(city),
        start=season.opens,
        end=season.closes + timedelta(days=1),  # the first day after it
        location=season.place,
        description=f"The markets and their goods: {url}",
        url=url,
        sequence=int(city.version),
    )
    event.add("transp", "TRANSPARENT")  # nobody is busy for weeks because of it
    calendar = Calendar.new(
        prodid="-//Garage//Christmas markets//EN",
        uid=f"{city.slug}@{host}",
        name=title(city),
        subcomponents=[event],
    )
    # Its type has no default (RFC 7986, 5.7), and the library does not say it.
    calendar.add("refresh-interval", timedelta(days=1), {"VALUE": "DURATION"})
    file: bytes = calendar.to_ical()
    return file


def title(city: City) -> str:
    return f"Christmas market of {city.name}"
