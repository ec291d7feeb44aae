"""The site, the delivery and the embedded AWS are killed at random moments of the journey.

What people were told is stored, whatever is killed; only a kill of the embedded AWS may
lose what was written within the last seconds. Nothing is ever stored by halves.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from tests import factories
from tests.fire.kills.journey import Journey, Kill
from tests.fire.kills.mails import check_mails, check_outbox, deliver_rest
from tests.fire.kills.people import Work
from tests.fire.kills.services import Services, running_services
from tests.fire.report import FULL, choose, record

PARTS = choose(1, 10)
PEOPLE = choose(2, 5)
PROCESSES = choose(
    ["worker", "delivery"],
    ["worker", "delivery", "site", "delivery", "worker"],
)
"""What is killed first; only then the embedded AWS, which forgets the mails that it sent.

In the full form the delivery is killed twice, the second time while it sends.
"""

KILLS_OF_AWS = choose(1, 3)
AFTER = choose((0.2, 0.6), (0.2, 1.5))  # seconds of work before a kill
AFTER_LONGER = choose((0.5, 1.0), (0.5, 5.0))  # so that something is saved
SES = {"default": {"BACKEND": "django_ses.SESBackend"}}


@pytest.fixture
def services(tmp_path: Path, _static_files: None) -> Iterator[Services]:
    with running_services(tmp_path) as started, override_settings(MAILERS=SES):
        yield started


@pytest.mark.parametrize("part", range(PARTS))
def test_kills_lose_nothing_that_is_promised(services: Services, part: int) -> None:
    city = factories.make_city()
    services.site.start()
    if FULL:
        services.delivery.start()  # or else the first time that it is killed
    journey = Journey(services, city, people=PEOPLE, seed=part * PEOPLE)
    for victim in PROCESSES:
        journey.kill(victim, AFTER)
    works = deliver_all(journey, services)
    kills = sum(kill.victim in {"delivery", "sending"} for kill in journey.kills)
    repeated = check_mails(works, services.mails(), kills + 1)
    services.delivery.start()
    for _ in range(KILLS_OF_AWS):
        journey.kill("aws", AFTER_LONGER)
    deliver_all(journey, services)
    assert sum(kill.acknowledged for kill in journey.kills) > len(journey.kills)
    report(journey.kills, repeated)


def deliver_all(journey: Journey, services: Services) -> list[Work]:
    """Kill the delivery, send what is left, and check all that was ever done; return it."""
    services.delivery.kill()
    deliver_rest()
    journey.check_all()
    works = [work for person in journey.people for work in person.works]
    for work in works:
        check_outbox(work)
    return works


def report(kills: list[Kill], repeated: int) -> None:
    """Record each kill. The table has the seconds rounded up, the JSON has all."""
    for kill in kills:
        row(kill, "recovery", f"<= {math.ceil(kill.recovery)} s", **vars(kill))
        row(kill, "oldest lost", f"<= {math.ceil(kill.oldest_lost)} s" if kill.lost else "nothing")
    last = next(kill for kill in reversed(kills) if kill.victim == "sending")
    row(last, "sent twice", str(repeated))


def row(kill: Kill, condition: str, outcome: str, **details: object) -> None:
    case, seconds = details.pop("victim", kill.victim), kill.recovery
    record(
        "kills", case=str(case), condition=condition, outcome=outcome, seconds=seconds, **details
    )
