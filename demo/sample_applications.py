"""The sample data: three cities and their applications."""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from markets.cities.models import City
from markets.models import Category, Language, Status

MARIA = "maria@example.com"
ANDREI = "andrei@example.com"
OFFICERS = {"brasov": "officer.brasov@example.com", "vienna": "officer.vienna@example.com"}


def sample_cities(today: date) -> list[City]:
    """Return the sample cities: two calls are open today, Nuremberg's is over."""

    def day(offset: int) -> str:
        return (today + timedelta(days=offset)).isoformat()

    # The first Advent after the decisions.
    decided = today + timedelta(days=50)
    year = decided.year + (decided > date(decided.year, 11, 27))
    market_days_open, market_days_close = f"{year}-11-27", f"{year}-12-24"
    return [
        City(
            "brasov",
            code="BRV",
            name="Brașov",
            language="ro",
            currency="RON",
            time_zone="Europe/Bucharest",
            contact="piata@brasov.example",
            opens=day(-45),
            closes=day(30),
            decide_by=day(50),
            market_days_open=market_days_open,
            market_days_close=market_days_close,
            place="Piața Sfatului, Brașov",
        ),
        City(
            "vienna",
            code="VIE",
            name="Vienna",
            language="de",
            currency="EUR",
            time_zone="Europe/Vienna",
            contact="christkindlmarkt@wien.example",
            opens=day(-30),
            closes=day(21),
            decide_by=day(40),
            market_days_open=market_days_open,
            market_days_close=market_days_close,
            place="Rathausplatz, Vienna",
        ),
        City(
            "nuremberg",
            code="NUE",
            name="Nuremberg",
            language="de",
            currency="EUR",
            time_zone="Europe/Berlin",
            contact="marktamt@nuernberg.example",
            opens=day(-90),
            closes=day(-15),
            decide_by=day(10),
            market_days_open=market_days_open,
            market_days_close=market_days_close,
            place="Hauptmarkt, Nuremberg",
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class SampleApplication:
    """A sample application. `merchant` is the e-mail of a demo user, or another name."""

    city: str
    merchant: str
    name: str
    category: Category
    price: Decimal
    goods: str
    status: Status
    days_ago: int
    photos: int

    @property
    def language(self) -> Language:
        return Language.RO if self.city == "brasov" else Language.DE


def load_applications() -> list[SampleApplication]:
    """Return the sample applications; their goods have one line each."""
    with (Path(__file__).parent / "sample_applications.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        return [
            SampleApplication(
                city=row["city"],
                merchant=row["merchant"],
                name=row["name"],
                category=Category(row["category"]),
                price=Decimal(row["price"]),
                goods=row["goods"].replace("; ", "\n"),
                status=Status(row["status"]),
                days_ago=int(row["days_ago"]),
                photos=int(row["photos"]),
            )
            for row in csv.DictReader(file)
        ]
