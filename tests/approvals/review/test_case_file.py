"""The case file, and the verification of its history."""

import hashlib
import hmac
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from approvals.review.case_file import get_case_file, serialize_case_file
from core.actors import Actor
from core.errors import NotFound
from markets.cities.models import City
from markets.history.chain import digest
from markets.history.models import HistoryRecord
from markets.history.queries import history_of
from markets.models import Market
from markets.operations import revise_market, submit_market
from markets.queries import get_market
from tests import factories
from tests.account import SessionAccount
from tests.approvals.review.decisions import approve, ask, reject, undo
from tests.clients import sign_in


@pytest.fixture(name="officer_of_city")
def officer_fixture(city: City) -> Actor:
    actor = factories.officer(city.slug)
    return Actor.officer(actor.id, actor.cities, "Ioana Marin")


@pytest.fixture(name="market")
def market_fixture(maria: Actor, officer_of_city: Actor, city: City) -> Market:
    """Rejected, undone, asked to change, changed, submitted again, approved."""
    market = factories.submitted(maria, city)
    market = reject(officer_of_city, market, market.version)
    market = undo(officer_of_city, market, market.version)
    market = ask(officer_of_city, market, market.version)
    market = revise_market(
        maria, market.key, expected_version=market.version, details={"description": "Spoons"}
    )
    market = submit_market(maria, market.key, expected_version=market.version)
    approve(officer_of_city, market, market.version)
    return get_market(maria, market.key)


def case(market: Market) -> str:
    return f"/city-hall/{market.city}/markets/{market.user_id}/{market.market_id}/case-file"


def test_case_file_is_complete(officer_of_city: Actor, city: City, market: Market) -> None:
    file = serialize_case_file(get_case_file(officer_of_city, city.slug, market.key))
    file = json.loads(json.dumps(file))  # only what JSON has
    assert file["market"]["marketDescription"] == "Spoons"
    assert file["market"]["marketAveragePrice"] == "12.50"
    assert file["versions"][0]["fields"]["marketDescription"] == "Carved spoons\nBeeswax candles"
    assert [each["action"] for each in file["versions"]] == [
        "submit",
        "reject",
        "undo",
        "request_changes",
        "revise",
        "submit",
        "approve",
    ]
    decisions = [
        (each["action"], each["actorName"], each["channel"], each["undoneByVersion"])
        for each in file["decisions"]
    ]
    assert decisions == [
        ("reject", "Ioana Marin", "page", 4),
        ("request_changes", "Ioana Marin", "page", None),
        ("approve", "Ioana Marin", "page", None),
    ]
    assert file["decisions"][0]["text"] == "There is no space left in this category."
    assert [each["message"]["state"] for each in file["decisions"]] == [
        "cancelled",
        "waiting",
        "waiting",
    ]
    assert file["decisions"][1]["changeRequests"][0]["field"] == "marketDescription"
    assert [photo["sha256"] for photo in file["photos"]] == [market.photos[0].sha256]
    assert file["chain"] == {"head": market.history_hash, "whole": True, "firstBreak": None}


def test_hashes_can_be_recomputed_from_json(
    officer_of_city: Actor, city: City, market: Market
) -> None:
    """From the JSON alone, without Garage's code."""

    def canonical(value: Any) -> bytes:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()

    file = serialize_case_file(get_case_file(officer_of_city, city.slug, market.key))
    previous = ""
    for version in json.loads(json.dumps(file["versions"])):
        record = {
            name: value
            for name, value in version.items()
            if name not in {"hash", "fields", "salts", "commitments"}
        }
        for place, salt in version["salts"].items():
            side, _, name = place.rpartition(".")
            holder = record[side] if side else record
            encrypt = hmac.digest(bytes.fromhex(salt), canonical(holder[name]), "sha256").hex()
            holder[name] = {"commitment": encrypt}
        assert hashlib.sha256(canonical(record)).hexdigest() == version["hash"]
        assert version["previous"] == previous
        previous = version["hash"]
    assert previous == file["chain"]["head"]


def test_case_file_page_and_json_download(officer: Client, market: Market) -> None:
    page = officer.get(case(market) + "/").content.decode()
    for part in ("Ioana Marin", "There is no space left", "undone by version 4", "is intact"):
        assert part in page
    assert str(market.history_hash) in page
    response = officer.get(case(market) + ".json")
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["market"]["reference"] == market.reference


def test_only_officers_of_city_read_case_file(
    merchant: Client, stranger: Client, maria: Actor, city: City, market: Market
) -> None:
    other = Client()
    sign_in(other, cities=[factories.make_city().slug])
    for client in (merchant, stranger, other):
        assert client.get(case(market) + "/").status_code == 404
        assert client.get(case(market) + ".json").status_code == 404
    for actor in (maria, factories.OPERATOR, Actor.visitor()):
        with pytest.raises(NotFound):
            get_case_file(actor, city.slug, market.key)


# The command


def verify(*arguments: str) -> tuple[dict[str, Any], bool]:
    out = StringIO()
    try:
        call_command("verify_history", "--json", *arguments, stdout=out)
    except CommandError:
        return json.loads(out.getvalue()), False
    return json.loads(out.getvalue()), True


def tamper(account: SessionAccount, record: HistoryRecord, text: str) -> None:
    """Change a record with the operator's access key."""
    account.operator.dynamodb.update_item(
        TableName=HistoryRecord.Meta.table_name,
        Key={"marketId": {"S": record.market_id}, "version": {"N": str(int(record.version))}},
        UpdateExpression="SET #text = :text, #hash = :hash",
        ExpressionAttributeNames={"#text": "text", "#hash": "hash"},
        ExpressionAttributeValues={":text": {"S": text}, ":hash": {"S": record.hash}},
    )


def test_command_verifies_all_histories_of_city(maria: Actor, city: City, market: Market) -> None:
    factories.draft(maria, city)
    other = factories.submitted(maria, city)
    result, intact = verify("--city", city.slug)
    assert intact
    assert result["checked"] == 2
    assert result["heads"] == {
        market.market_id: market.history_hash,
        other.market_id: other.history_hash,
    }


def test_command_names_tampered_record(
    account: SessionAccount, officer: Client, maria: Actor, city: City, market: Market
) -> None:
    factories.submitted(maria, city)
    record = history_of(market)[1]
    tamper(account, record, "We did not like it.")
    result, intact = verify("--city", city.slug)
    assert not intact
    assert result["checked"] == 2
    (broken,) = result["broken"]
    assert (broken["reference"], broken["version"]) == (market.reference, int(record.version))
    # With a hash that fits the new text, the next record shows it.
    record.text = "We did not like it."
    record.hash = digest(record)
    tamper(account, record, record.text)
    result, intact = verify("--market", market.user_id, market.market_id)
    assert not intact
    assert result["broken"][0]["version"] == int(record.version) + 1
    assert "broken</strong> at version" in officer.get(case(market) + "/").content.decode()


def test_command_prints_summary(maria: Actor, market: Market) -> None:
    out = StringIO()
    call_command("verify_history", "--market", *market.key, stdout=out)
    assert out.getvalue() == "1 checked, 0 broken.\n"


def test_unknown_city_is_an_error() -> None:
    with pytest.raises(CommandError):
        call_command("verify_history", "--city", "atlantis")
