"""`manage.py verify_history`, for a city with many applications."""

import json
from io import StringIO
from itertools import count
from typing import Any, NoReturn, cast

import pytest
from botocore.awsrequest import AWSPreparedRequest
from django.core.management import CommandError, call_command

from approvals.review import verification
from approvals.review.verification import verify_histories
from core.actors import Actor
from core.errors import NotFound
from markets.accounts.transfer import create_code, redeem_code
from markets.cities.models import City
from markets.history.models import HistoryRecord
from markets.history.queries import history_of
from markets.models import Market
from markets.privacy.erasure import erase_market
from tests import factories
from tests.account import SessionAccount
from tests.approvals.review.test_case_file import tamper
from tests.faults import Answer, error, faulty
from tests.test_costs import counted


@pytest.fixture
def markets(city: City) -> list[Market]:
    """Applications with three versions each, in the order in which they are verified."""
    made = [factories.approved(factories.merchant(), city) for _ in range(7)]
    return sorted(made, key=lambda market: market.market_id)


def test_verification_reads_histories_in_batches(markets: list[Market], city: City) -> None:
    with counted() as asked:
        total, verified = verify_histories(factories.OPERATOR, city.slug)
        found = list(verified)
    assert total == len(found) == len(markets)
    assert asked == [
        "Query markets by city",
        "BatchGetItem markets",
        "BatchGetItem history",
    ]


@pytest.fixture
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "BATCH_SIZE", 3)


@pytest.mark.usefixtures("_small_batches")
def test_verification_goes_through_batches_in_id_order(markets: list[Market], city: City) -> None:
    with counted() as asked:
        _, verified = verify_histories(factories.OPERATOR, city.slug)
        assert [each.key for each in verified] == [market.key for market in markets]
    one = ["BatchGetItem markets", "BatchGetItem history"]
    assert asked == ["Query markets by city", *one, *one, *one]


def run(*arguments: str) -> tuple[dict[str, Any], str, str]:
    """Return the JSON that the command prints, its error stream, and why it failed, if it did."""
    out, errors, failed = StringIO(), StringIO(), ""
    try:
        call_command("verify_history", "--json", *arguments, stdout=out, stderr=errors)
    except CommandError as fault:
        failed = str(fault)
    return json.loads(out.getvalue()), errors.getvalue(), failed


def after(requests: int, then: Answer) -> Answer:
    """Let DynamoDB answer so many requests, and then nothing but `then`."""
    left = count(-requests)
    return lambda request: then(request) if next(left) >= 0 else None


def interrupt(request: AWSPreparedRequest) -> NoReturn:
    raise KeyboardInterrupt


@pytest.mark.usefixtures("_small_batches")
@pytest.mark.parametrize(
    ("fault", "reason"),
    [(error("InternalServerError", status=500), "does not answer"), (interrupt, "Interrupted.")],
)
def test_interrupted_run_prints_how_to_continue(
    markets: list[Market], city: City, fault: Answer, reason: str
) -> None:
    ids = [market.market_id for market in markets]
    with faulty("BatchGetItem", after(2, fault), repeat=True):
        first, errors, failed = run("--city", city.slug)
    assert reason in failed
    assert list(first["heads"]) == ids[:3]
    assert first["stoppedAfter"] == ids[2]
    assert f"To continue: --city {city.slug} --after {ids[2]}" in errors
    second, errors, failed = run("--city", city.slug, "--after", first["stoppedAfter"])
    assert (errors, failed) == ("", "")
    assert list(second["heads"]) == ids[3:]
    assert second["stoppedAfter"] is None


@pytest.mark.usefixtures("_small_batches")
def test_changed_or_missing_record_is_found_in_every_batch(
    account: SessionAccount, markets: list[Market], city: City
) -> None:
    changed, shortened = markets[1], markets[5]
    tamper(account, history_of(changed)[0], "We did not like it.")
    record = history_of(shortened)[0]
    account.operator.dynamodb.delete_item(
        TableName=HistoryRecord.Meta.table_name,
        Key={"marketId": {"S": record.market_id}, "version": {"N": str(int(record.version))}},
    )
    result, _, failed = run("--city", city.slug)
    assert failed == "The history is broken."
    assert result["checked"] == len(markets)
    assert [link["marketId"] for link in result["broken"]] == [
        changed.market_id,
        shortened.market_id,
    ]


def test_change_during_verification_is_no_break(markets: list[Market], city: City) -> None:
    """An erasure and a transfer come between the reading of markets and of their records."""
    erased, transferred = markets[0], markets[3]

    def meanwhile(request: AWSPreparedRequest) -> None:
        if b"-history" in cast("bytes", request.body) and not done:
            done.append(True)
            erase_market(factories.OPERATOR, erased)
            giver = Actor.merchant(transferred.user_id)
            redeem_code(factories.merchant(), code=create_code(giver))

    done: list[bool] = []
    _, verified = verify_histories(factories.OPERATOR, city.slug)
    with faulty("BatchGetItem", meanwhile, repeat=True):
        found = list(verified)
    assert done
    assert [each.first_break for each in found] == [None] * len(markets)


def test_transferred_application_is_verified_under_new_key(
    markets: list[Market], city: City
) -> None:
    _, verified = verify_histories(factories.OPERATOR, city.slug)
    redeem_code(
        receiver := factories.merchant(), code=create_code(Actor.merchant(markets[2].user_id))
    )
    assert [
        each.key.user_id for each in verified if each.key.market_id == markets[2].market_id
    ] == [receiver.id]


def test_continuing_after_unknown_application_is_refused(markets: list[Market], city: City) -> None:
    other = factories.submitted(factories.merchant(), factories.make_city())
    for wrong in (other.market_id, "", "yesterday"):
        with pytest.raises(CommandError, match="No application to this city has the id"):
            call_command("verify_history", "--city", city.slug, "--after", wrong)
    with pytest.raises(CommandError, match="does not go with --market"):
        call_command("verify_history", "--market", *markets[0].key, "--after", markets[0].market_id)


def test_verification_requires_permission_to_read_city(city: City) -> None:
    for actor in (factories.merchant(), factories.officer("elsewhere"), Actor.visitor()):
        with pytest.raises(NotFound):
            verify_histories(actor, city.slug)
