"""Compare the queue page of a city with 100 applications and one with 10,000: `make bench`.

Prints a report as JSON, and fails if a page's calls, read units or bytes differ
by more than TOLERANCE. Both cities are in the same table, and their pages are
opened in turns. The counts by status, made once a minute, and filters cost more
in the larger city: the report has them too, but does not compare them.
"""

import json
import os
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bench.dynalite import dynalite
from core.environment import ROOT

if TYPE_CHECKING:
    from django.test import Client

SIZES = (100, 10_000)
ROUNDS = 20
TOLERANCE = 0.01
PAGES = {"first page": "", "second page": "", "approved": "?status=approved"}
"""Must cost the same. The query of the second page is read from the first."""
FILTERED = {
    "category": "?category=crafts",
    "search, one match": "?search=stand+00042",
    "waiting over 7 days": "?waiting=7",
}
DIGEST = "0" * 64  # as long as a photo's
NEWEST = datetime(2026, 11, 20, 12, tzinfo=UTC)


def main() -> None:
    with dynalite() as url:
        set_up_site(url)
        report = measure()
    json.dump(report, sys.stdout, indent=2)
    print()  # noqa: T201 - part of the report
    if not report["same"]:
        raise SystemExit("The queue page does not cost the same in both cities.")


def set_up_site(url: str) -> None:
    """Configure Django in this process, with dynalite as its DynamoDB."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "GARAGE_"))]:
        del os.environ[name]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "garage.settings",
        "GARAGE_ENV_FILE": str(ROOT / ".env.example"),
        "GARAGE_LOG_LEVEL": "ERROR",
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "bench",
        # pragma: allowlist nextline secret
        "AWS_SECRET_ACCESS_KEY": "bench",
    }
    import django
    from django.conf import settings

    # The bench needs no hashed names of static files.
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES["staticfiles"] = {"BACKEND": plain}
    django.setup()


def measure() -> dict[str, Any]:
    from tests.clients import sign_in

    slugs = {size: f"city-{size:05}" for size in SIZES}
    prepare(slugs)
    client = browser()
    sign_in(client, cities=list(slugs.values()))
    counting = {size: cost(client, path(slug)) for size, slug in slugs.items()}
    following = {size: next_page(client, path(slug)) for size, slug in slugs.items()}
    pages: dict[str, Any] = {}
    for name, query in (PAGES | FILTERED).items():
        urls = {
            size: path(slug) + (following[size] if name == "second page" else query)
            for size, slug in slugs.items()
        }
        pages[name] = in_turns(client, urls)
    same = {name: same_cost(pages[name]) for name in PAGES}
    return {
        "engine": "dynalite",
        "markets": list(SIZES),
        "same": all(same.values()),
        "pages": {name: pages[name] for name in PAGES},
        "filtered": {name: pages[name] for name in FILTERED},
        "page that also counts, once a minute": counting,
    }


def path(slug: str) -> str:
    return f"/city-hall/{slug}/"


def browser() -> "Client":
    from django.conf import settings
    from django.test import Client

    return Client(headers={"host": settings.SITE.hostname or ""})


def cost(client: "Client", url: str) -> dict[str, Any]:
    """Return what a page costs: its calls of DynamoDB, its size and its CPU time."""
    from bench.meter import metered

    with metered() as meter:
        start = time.process_time()
        response = client.get(url, secure=True)
        spent = time.process_time() - start
    if response.status_code != 200:  # noqa: PLR2004
        raise SystemExit(f"{url} answers {response.status_code}.")
    return meter.report() | {"page_bytes": len(response.content), "cpu_ms": round(spent * 1000, 2)}


def next_page(client: "Client", url: str) -> str:
    page = client.get(url, secure=True).content.decode()
    (link,) = (part for part in page.split('"') if part.startswith("?cursor="))
    return link


def in_turns(client: "Client", urls: dict[int, str]) -> dict[int, Any]:
    """Open the URLs in turns; the counts do not vary, the CPU time is the median."""
    rounds = [{size: cost(client, url) for size, url in urls.items()} for _ in range(ROUNDS)]
    return {
        size: rounds[-1][size]
        | {"cpu_ms": statistics.median(each[size]["cpu_ms"] for each in rounds)}
        for size in urls
    }


def same_cost(costs: dict[int, Any]) -> bool:
    small, large = (costs[size] for size in SIZES)
    return small["calls"] == large["calls"] and all(
        abs(large[name] - small[name]) <= TOLERANCE * small[name]
        for name in ("read_units", "bytes")
    )


def prepare(slugs: dict[int, str]) -> None:
    """Create the tables, the cities and their applications, which differ only in number."""
    from identity.officers.models import Officer
    from identity.sessions.models import Session
    from markets.cities.models import City
    from markets.models import Market

    for table in (City, Officer, Market, Session):
        # Dynalite has no time to live.
        table.create_table(billing_mode="PAY_PER_REQUEST", wait=True, ignore_update_ttl_errors=True)
    for size, slug in slugs.items():
        City(
            slug,
            code="BCH",
            name=f"City {size:05}",
            language="de",
            currency="EUR",
            time_zone="Europe/Vienna",
            contact="city@example.com",
            opens="2026-09-01",
            closes="2026-12-01",
            decide_by="2026-12-10",
        ).save()
        with Market.batch_write() as batch:
            for number in range(size):
                batch.save(market(slug, number, size))


def market(slug: str, number: int, size: int) -> Any:
    """Return the city's application of that number; all have the same size."""
    from markets.models import Category, Market, Photo, Status

    market_id = str(UUID(int=number + (size << 64)))
    submitted_at = NEWEST - timedelta(days=30 * (size - number) / size, microseconds=1)
    categories = [category.value for category in Category]
    application = Market(
        str(UUID(int=number % 977 + (size << 96))),
        market_id,
        reference=f"BCH-{number:04X}",
        city=slug,
        name=f"Stand {number:05} with wood, wax, honey",
        description="Carved spoons, candles of beeswax, honey of three kinds. " * 10,
        average_price=Decimal("12.50"),
        category=categories[number % len(categories)],
        photos=[
            Photo(key=f"markets/{market_id}/{n:064x}.webp", width=1600, height=1200, sha256=DIGEST)
            for n in range(3)
        ],
        legal_name="Example Crafts Ltd",
        contact_email="merchant@example.com",
        language="de",
        created_at=submitted_at,
        updated_at=submitted_at,
        submitted_at=submitted_at,
    )
    application.enter(Status.APPROVED if number % 3 == 0 else Status.SUBMITTED)
    return application


if __name__ == "__main__":
    main()
