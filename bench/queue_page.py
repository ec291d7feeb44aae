"""What the queue page costs in a city of 100 markets and in one of 10,000: `make bench`.

Prints a report as JSON, and fails if a page's calls, read units or bytes differ
by more than a hundredth. Both cities are in one table of one dynalite, and asked
in turns. Counting a status anew, once a minute, does grow with the city: the
report has it beside the page, as it has what narrowing the list costs.
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
"""What must cost the same; the second page's query comes from the first."""
NARROWED = {
    "category": "?category=crafts",
    "search, one match": "?search=stand+00042",
    "waiting over 7 days": "?waiting=7",
}
DIGEST = "0" * 64  # as long as a photo's
NEWEST = datetime(2026, 11, 20, 12, tzinfo=UTC)


def main() -> None:
    with dynalite() as url:
        enter(url)
        report = measure()
    json.dump(report, sys.stdout, indent=2)
    print()  # noqa: T201 - the report is for whoever runs this
    if not report["same"]:
        raise SystemExit("The queue page does not cost the same in both cities.")


def enter(url: str) -> None:
    """Make this process the site, with dynalite for its DynamoDB."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "GARAGE_"))]:
        del os.environ[name]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "garage.settings",
        "GARAGE_ENV_FILE": str(ROOT / ".env.example"),
        "GARAGE_LOG_LEVEL": "ERROR",
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
    }
    import django
    from django.conf import settings

    # Its files' hashed names are of no interest here.
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
    for name, query in (PAGES | NARROWED).items():
        asked = {
            size: path(slug) + (following[size] if name == "second page" else query)
            for size, slug in slugs.items()
        }
        pages[name] = in_turns(client, asked)
    same = {name: alike(pages[name]) for name in PAGES}
    return {
        "engine": "dynalite",
        "markets": list(SIZES),
        "same": all(same.values()),
        "pages": {name: pages[name] for name in PAGES},
        "narrowed": {name: pages[name] for name in NARROWED},
        "page that also counts, once a minute": counting,
    }


def path(slug: str) -> str:
    return f"/city-hall/{slug}/"


def browser() -> "Client":
    from django.conf import settings
    from django.test import Client

    return Client(headers={"host": settings.SITE.hostname or ""})


def cost(client: "Client", url: str) -> dict[str, Any]:
    """Return what a page asks of DynamoDB, and how large it is itself."""
    from bench.meter import metered

    with metered() as meter:
        began = time.process_time()
        answer = client.get(url, secure=True)
        spent = time.process_time() - began
    if answer.status_code != 200:  # noqa: PLR2004
        raise SystemExit(f"{url} answers {answer.status_code}.")
    return meter.report() | {"page_bytes": len(answer.content), "cpu_ms": round(spent * 1000, 2)}


def next_page(client: "Client", url: str) -> str:
    page = client.get(url, secure=True).content.decode()
    (link,) = (part for part in page.split('"') if part.startswith("?cursor="))
    return link


def in_turns(client: "Client", asked: dict[int, str]) -> dict[int, Any]:
    """Ask each in turns; the counts are every time the same, the time is the median."""
    rounds = [{size: cost(client, url) for size, url in asked.items()} for _ in range(ROUNDS)]
    return {
        size: rounds[-1][size]
        | {"cpu_ms": statistics.median(each[size]["cpu_ms"] for each in rounds)}
        for size in asked
    }


def alike(costs: dict[int, Any]) -> bool:
    small, large = (costs[size] for size in SIZES)
    return small["calls"] == large["calls"] and all(
        abs(large[name] - small[name]) <= TOLERANCE * small[name]
        for name in ("read_units", "bytes")
    )


def prepare(slugs: dict[int, str]) -> None:
    """Make the tables, the cities and their markets: alike but for their number."""
    from identity.officers.models import Officer
    from identity.sessions.models import Session
    from markets.cities.models import City
    from markets.models import Market

    for table in (City, Officer, Market, Session):
        # Dynalite knows no time to live.
        table.create_table(billing_mode="PAY_PER_REQUEST", wait=True, ignore_update_ttl_errors=True)
    for size, slug in slugs.items():
        City(
            slug,
            code="BCH",
            name=f"City {size:05}",
            language="de",
            currency="EUR",
            time_zone="Europe/Vienna",
            contact="desk@example.com",
            opens="2026-09-01",
            closes="2026-12-01",
            decide_by="2026-12-10",
        ).save()
        with Market.batch_write() as batch:
            for number in range(size):
                batch.save(market(slug, number, size))


def market(slug: str, number: int, size: int) -> Any:
    """Return the city's market of that number; all take the same room."""
    from markets.models import Category, Market, Photo, Status

    market_id = str(UUID(int=number + (size << 64)))
    handed_in = NEWEST - timedelta(days=30 * (size - number) / size, microseconds=1)
    categories = [category.value for category in Category]
    made = Market(
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
        created_at=handed_in,
        updated_at=handed_in,
        submitted_at=handed_in,
    )
    made.enter(Status.APPROVED if number % 3 == 0 else Status.SUBMITTED)
    return made


if __name__ == "__main__":
    main()
