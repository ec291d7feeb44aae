"""How a write handles each fault that DynamoDB documents, and what its author sees."""

import json
from functools import partial
from uuid import uuid4

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ConnectionClosedError
from django.test import Client
from pynamodb.exceptions import PynamoDBException

from approvals.queue.assignments import assign_market
from approvals.review.operations import approve_market
from core import clock
from core.actors import Actor
from core.dynamodb import as_domain_error, transaction
from core.errors import AlreadyExists, VersionConflict
from identity.sign_in.models import EmailAccounts
from markets.accounts.models import MerchantProfile
from markets.cities.models import City
from markets.history.queries import history_of
from markets.models import Market, Status
from markets.operations import revise_market, withdraw_market
from markets.queries import load_market
from tests import factories
from tests.faults import Answer, cancelled, error, faulty, lost, page_of_a_proxy, respond

TRANSACTION = "TransactWriteItems"

RETRIED: dict[str, Answer] = {
    "another transaction": cancelled("None", "TransactionConflict"),
    "throttled": cancelled("ThrottlingError", "None"),
    "too little capacity": cancelled("None", "ProvisionedThroughputExceeded"),
    "several": cancelled("ThrottlingError", "TransactionConflict"),
    "still in progress": error("TransactionInProgressException"),
    "a proxy's page": page_of_a_proxy,
    "the answer is lost": lost,
}
DEFECTS: dict[str, Answer] = {
    "invalid": cancelled("ValidationError", "None"),
    "too large": cancelled("None", "ItemCollectionSizeLimitExceeded"),
    "other items under one token": error("IdempotentParameterMismatchException"),
    "no such table": error("ResourceNotFoundException"),
    "not granted": error("AccessDeniedException"),
}


@pytest.fixture(name="market")
def market_fixture(maria: Actor, city: City) -> Market:
    return factories.submitted(maria, city)


@pytest.mark.parametrize("fault", RETRIED.values(), ids=RETRIED)
def test_transient_fault_is_retried_with_same_client_token(
    maria: Actor, market: Market, fault: Answer
) -> None:
    with faulty(TRANSACTION, fault) as sent:
        revise_market(maria, market.key, expected_version=2, details={"phone": "0268 413 000"})
    tokens = {json.loads(body)["ClientRequestToken"] for body in sent}
    assert len(sent) >= 2
    assert len(tokens) == 1
    saved = load_market(market.key)
    assert (saved.version, saved.phone) == (3, "0268 413 000")
    assert [int(entry.version) for entry in history_of(saved)] == [2, 3]


@pytest.mark.parametrize(
    "fault", [each for name, each in RETRIED.items() if name != "the answer is lost"]
)
def test_persistent_fault_is_answered_with_503(maria: Actor, market: Market, fault: Answer) -> None:
    with (
        faulty(TRANSACTION, fault, repeat=True),
        pytest.raises(PynamoDBException) as raised,
    ):
        withdraw_market(maria, market.key, expected_version=2)
    known = as_domain_error(raised.value)
    assert known
    assert known.status == 503
    assert load_market(market.key).status == Status.SUBMITTED


@pytest.mark.parametrize("fault", DEFECTS.values(), ids=DEFECTS)
def test_defect_is_not_retried_and_has_no_domain_error(
    maria: Actor, market: Market, fault: Answer
) -> None:
    with (
        faulty(TRANSACTION, fault) as sent,
        pytest.raises(PynamoDBException) as raised,
    ):
        withdraw_market(maria, market.key, expected_version=2)
    assert len(sent) == 1
    assert as_domain_error(raised.value) is None


def test_version_conflict_is_raised_without_retry(maria: Actor, market: Market) -> None:
    with (
        faulty(TRANSACTION, cancelled("None", "ConditionalCheckFailed")) as sent,
        pytest.raises(VersionConflict),
    ):
        withdraw_market(maria, market.key, expected_version=2)
    assert len(sent) == 1


@pytest.mark.parametrize(
    "code",
    [
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionConflictException",
    ],
)
def test_faults_of_single_updates_become_domain_errors(code: str) -> None:
    with faulty("UpdateItem", error(code), repeat=True), pytest.raises(PynamoDBException) as raised:
        EmailAccounts(uuid4().hex).update(actions=[EmailAccounts.by_email.add({"sub"})])
    assert as_domain_error(raised.value)


def cut(request: AWSPreparedRequest) -> None:
    """End the connection without an answer."""
    raise ConnectionClosedError(endpoint_url=str(request.url))


def test_lost_connection_at_conditional_update_is_unavailable(maria: Actor, city: City) -> None:
    market, officer = factories.submitted(maria, city), factories.officer(city.slug)
    with faulty("UpdateItem", cut, repeat=True), pytest.raises(PynamoDBException) as raised:
        assign_market(officer, city.slug, market.key, expected_version=2, assignee=officer.id)
    assert as_domain_error(raised.value)


@pytest.mark.parametrize("body", [b"\x00\xff{", b"<html>Sign in to this network</html>", b""])
def test_answer_that_is_not_json_is_no_success(maria: Actor, market: Market, body: bytes) -> None:
    """Botocore would take a text with status 200 for a transaction that is done."""
    other = partial(respond, status=200, body=body, kind="text/html")
    with faulty(TRANSACTION, other, repeat=True), pytest.raises(PynamoDBException) as raised:
        withdraw_market(maria, market.key, expected_version=2)
    assert as_domain_error(raised.value)
    assert load_market(market.key).status == Status.SUBMITTED


def test_transaction_conflict_is_not_reported_as_duplicate() -> None:
    """The item does not exist, so a retry writes it, and no AlreadyExists is raised."""
    profile = MerchantProfile(str(uuid4()), updated_at=clock.now())
    with faulty(TRANSACTION, cancelled("TransactionConflict")), transaction() as write:
        write.save(profile, conflict=AlreadyExists("It exists."))
    assert MerchantProfile.get(profile.user_id, consistent_read=True).version == 1


@pytest.mark.parametrize("fault", [RETRIED["throttled"], page_of_a_proxy])
def test_page_keeps_entered_text_and_asks_to_try_again(
    merchant: Client, market: Market, fault: Answer
) -> None:
    path = f"/markets/{market.market_id}/goods/"
    page = merchant.get(path)
    data = {
        "expected_version": str(market.version),
        "fingerprint": page.context["fingerprint"],
        "description": "Beeswax candles",
        "average_price": "9.50",
    }
    with faulty(TRANSACTION, fault, repeat=True):
        answer = merchant.post(path, data)
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "Beeswax candles" in answer.text


def test_assignment_survives_concurrent_decision_and_edit(maria: Actor, city: City) -> None:
    """Somebody assigns the application between the load and the save of another write."""
    market, officer = factories.submitted(maria, city), factories.officer(city.slug)

    def assign(version: int) -> None:
        assign_market(officer, city.slug, market.key, expected_version=version, assignee=officer.id)

    def assigned_meanwhile(version: int) -> Answer:
        def answer(request: object) -> object:
            assign(version)
            return None

        return answer  # type: ignore[return-value]

    with faulty(TRANSACTION, assigned_meanwhile(2)):
        revise_market(maria, market.key, expected_version=2, details={"phone": "0268 413 000"})
    assert load_market(market.key).assignee == officer.id
    assign_market(officer, city.slug, market.key, expected_version=3, assignee="")
    with faulty(TRANSACTION, assigned_meanwhile(3)):
        approve_market(officer, city.slug, market.key, expected_version=3)
    decided = load_market(market.key)
    assert (decided.assignee, decided.status, decided.version) == (officer.id, "approved", 4)
