"""The statistics, on data that can be counted by hand."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from approvals.review.operations import approve_market
from approvals.statistics import charts, svg
from approvals.statistics.queries import count_city, iter_applications, statistics_of
from approvals.statistics.stats import Application, Bin, Decided, Statistics, count, in_bins
from core import clock
from core.actors import Actor
from core.errors import NotFound
from markets.cities.models import City
from markets.models import Category, Status
from markets.operations import withdraw_market
from tests import factories
from tests.clients import sign_in

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHARTS = ("applications-per-day", "open", "waiting", "approved", "decisions")


def application(
    status: Status, submitted: str, decided: str = "", category: Category = Category.CRAFTS
) -> Application:
    return Application(
        status=status,
        category=category,
        submitted_at=datetime.fromisoformat(f"{submitted}Z"),
        decided_at=datetime.fromisoformat(f"{decided}Z") if decided else None,
    )


APPLICATIONS = [
    # Half past eleven in the evening is the next day in Brașov.
    application(Status.APPROVED, "2026-10-01T22:30", "2026-10-05T08:00"),
    application(Status.APPROVED, "2026-10-02T08:00", "2026-10-20T09:00", Category.SWEETS),
    application(Status.REJECTED, "2026-10-02T09:00", "2026-10-04T22:30"),
    application(Status.SUBMITTED, "2026-11-19T13:00"),
    application(Status.SUBMITTED, "2026-11-01T08:00", category=Category.RIDES),
    application(Status.CHANGES_REQUESTED, "2026-11-02T08:00"),
    application(Status.WITHDRAWN, "2026-11-03T08:00"),
]


@pytest.fixture
def statistics() -> Statistics:
    return count(APPLICATIONS, zone=ZoneInfo("Europe/Bucharest"), target=14, at=NOW)


def test_applications_are_counted_by_day_in_city_time(statistics: Statistics) -> None:
    assert statistics.total == 7
    assert statistics.by_day[date(2026, 10, 2)] == 3
    assert date(2026, 10, 1) not in statistics.by_day
    assert len(statistics.days) == 49
    assert statistics.by_status[Status.APPROVED] == 2
    assert Status.DRAFT not in statistics.by_status


def test_waiting_time_counts_whole_days(statistics: Statistics) -> None:
    assert statistics.waits == [2, 3, 18]
    assert statistics.median_wait == 3
    assert statistics.within_target == 2
    assert statistics.ages == [0, 19]
    assert statistics.overdue == 1


def test_decisions_are_counted_by_category_and_week(statistics: Statistics) -> None:
    # 4 October, half past ten in the evening, is Monday the fifth in Brașov.
    assert statistics.weeks == [date(2026, 10, 5), date(2026, 10, 12), date(2026, 10, 19)]
    assert statistics.by_week == {
        (Category.CRAFTS, date(2026, 10, 5)): 2,
        (Category.SWEETS, date(2026, 10, 19)): 1,
    }
    assert statistics.decided[Category.CRAFTS] == Decided(approved=1, rejected=1)
    assert statistics.decided[Category.CRAFTS].share == Fraction(1, 2)
    assert statistics.decided[Category.RIDES].share is None
    assert statistics.overall == Decided(approved=2, rejected=1)


def test_one_bin_ends_at_target() -> None:
    assert in_bins([0, 3, 4, 10, 11, 400], target=10) == [
        Bin(0, 0, 1),
        Bin(1, 3, 1),
        Bin(4, 7, 1),
        Bin(8, 10, 1),
        Bin(11, 14, 1),
        Bin(15, 21, 0),
        Bin(22, 30, 0),
        Bin(31, None, 1),
    ]
    assert sum(each.number for each in in_bins(range(100), target=40)) == 100


@pytest.mark.parametrize("slug", CHARTS)
def test_all_parts_of_drawing_are_inside_it(slug: str, statistics: Statistics) -> None:
    chart = charts.CHARTS[slug](statistics)
    assert all(len(row) == len(chart.columns) for row in chart.rows)
    drawing = chart.drawing
    assert drawing
    assert drawing.boxes
    for box in drawing.boxes:
        assert 0 <= box.x < box.x + box.width <= drawing.width
        assert 0 <= box.y < box.y + box.height <= drawing.height
    for label in drawing.labels:
        assert 0 <= label.x <= drawing.width
        assert 0 < label.y <= drawing.height


def test_bar_height_is_proportional_to_number(statistics: Statistics) -> None:
    drawing = charts.applications_per_day(statistics).drawing
    assert drawing
    heights = {box.tip: box.height for box in drawing.boxes}
    assert heights["2 Oct: 3"] == pytest.approx(3 * heights["1 Nov: 1"])


@pytest.mark.parametrize("slug", CHARTS)
def test_chart_without_applications_has_summary_only(slug: str) -> None:
    nothing = count([], zone=ZoneInfo("UTC"), target=14, at=NOW)
    chart = charts.CHARTS[slug](nothing)
    assert chart.drawing is None
    assert chart.summary.startswith("No")


@pytest.mark.parametrize("highest", [1, 3, 4, 5, 9, 37, 100, 101, 4321])
def test_axis_covers_highest_bar_with_few_lines(highest: int) -> None:
    day = NOW - timedelta(days=1)
    many = [application(Status.SUBMITTED, day.isoformat()[:16])] * highest
    drawing = charts.applications_per_day(
        count(many, zone=ZoneInfo("UTC"), target=14, at=NOW)
    ).drawing
    assert drawing
    assert 2 <= len(drawing.lines) <= 5
    assert drawing.boxes[0].y >= svg.TOP


def test_statistics_count_submitted_applications_and_are_cached(maria: Actor, city: City) -> None:
    officer = factories.officer(city.slug)
    factories.draft(maria, city)
    with clock.freeze(clock.now() - timedelta(days=3)):
        market = factories.submitted(maria, city, category="sweets")
        withdraw_market(maria, factories.submitted(maria, city).key, expected_version=2)
    approve_market(officer, city.slug, market.key, expected_version=2)
    factories.rejected(maria, city)
    found = statistics_of(officer, city.slug)
    assert found.total == 3
    assert found.waits == [0, 3]
    assert found.decided[Category.SWEETS] == Decided(approved=1, rejected=0)
    assert found.by_status[Status.WITHDRAWN] == 1
    # Cached for a minute, then counted again.
    factories.submitted(maria, city)
    assert statistics_of(officer, city.slug) is found
    count_city.forget(city.slug)
    assert statistics_of(officer, city.slug).total == 4


def test_only_officers_and_operators_read_statistics(maria: Actor, city: City) -> None:
    elsewhere = factories.officer(factories.make_city().slug)
    for actor in (Actor.visitor(), maria, elsewhere):
        with pytest.raises(NotFound):
            statistics_of(actor, city.slug)
        with pytest.raises(NotFound):
            iter_applications(actor, city.slug)
    assert statistics_of(Actor.operator("tests"), city.slug).total == 0


def test_page_shows_charts_and_numbers(officer: Client, maria: Actor, city: City) -> None:
    factories.approved(maria, city)
    page = officer.get(f"/city-hall/{city.slug}/statistics/")
    assert page.status_code == 200
    assert page.text.count('role="img"') == 4  # nothing is open
    assert "No application waits for the city." in page.text
    assert "1 of 1 decided application is approved: 100%." in page.text
    # The content security policy forbids both.
    assert "style=" not in page.text
    assert "<style" not in page.text
    assert "no-store" in page.headers["Cache-Control"]


def test_each_chart_has_csv_download(officer: Client, maria: Actor, city: City) -> None:
    factories.approved(maria, city)
    folder = f"/city-hall/{city.slug}/statistics"
    page = officer.get(f"{folder}/").text
    for slug in set(CHARTS) - {"open"}:
        assert f"{folder}/{slug}.csv" in page
        answer = officer.get(f"{folder}/{slug}.csv")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert f"{city.slug}-{slug}-" in answer.headers["Content-Disposition"]
        text = answer.getvalue().decode("utf-8-sig")
        assert len(text.splitlines()) >= 2
    share = officer.get(f"{folder}/approved.csv").getvalue().decode("utf-8-sig")
    assert "Crafts,1,0,100%" in share
    assert officer.get(f"{folder}/nonsense.csv").status_code == 404


@pytest.mark.parametrize(
    "path", ["statistics/", "statistics/open.csv", "applications.csv", "applications.xlsx"]
)
def test_other_actors_get_no_statistics(
    path: str, visitor: Client, merchant: Client, city: City
) -> None:
    other = Client()
    sign_in(other, cities=[factories.make_city().slug])
    url = f"/city-hall/{city.slug}/{path}"
    assert visitor.get(url).status_code == 302
    assert merchant.get(url).status_code == 404
    assert other.get(url).status_code == 404
