"""What is stored and sent after a race."""

from collections import Counter
from collections.abc import Sequence

from django.core import mail
from django.core.files.storage import default_storage

from markets.models import Market, MarketKey, Reference
from markets.photos.models import Upload
from markets.privacy.leftovers import prove_erasure
from tests import factories
from tests.account import account
from tests.fire.attempts import Attempt
from tests.fire.model import ModelApplication
from tests.fire.races.photos import published
from tests.fire.stored import stored
from tests.markets.privacy.people import photos_of


def result_of(market: Market, attempts: Sequence[Attempt]) -> ModelApplication | None:
    """Return the model of what is stored of a market, wherever it is; None if it is deleted.

    Nothing may be half written: one account has it, under its reference; the pictures
    that it shows are there; and an erased account has nothing left.
    """
    receivers = [each.actor_id for each in attempts if each.action == "transfer"]
    found = [
        application
        for owner in (market.user_id, *receivers)
        if (application := stored(MarketKey(owner, market.market_id)))
    ]
    assert len(found) <= 1, found
    after = found[0] if found else None
    assert owner_by_reference(market.reference) == (after.owner if after else None)
    check_pictures(market.market_id, after)
    if any(each.action == "erase" for each in attempts):
        proof = prove_erasure(factories.OPERATOR, market.user_id)
        assert proof.holds, proof
        assert proof.erased_at
        if after is None or after.erased:
            assert photos_of(market) == []
    if after:
        after.uploads = uploads_of(market)
    return after


def owner_by_reference(reference: str) -> str | None:
    """The site itself may not read this table."""
    found = account().operator.dynamodb.get_item(
        TableName=Reference.Meta.table_name,
        Key={"reference": {"S": reference}},
        ConsistentRead=True,
    )
    return str(found["Item"]["userId"]["S"]) if "Item" in found else None


def check_pictures(market_id: str, after: ModelApplication | None) -> None:
    """The pictures that were sent in the race are stored if the application shows them."""
    sent = {published(market_id, number).key for number in range(2)}
    shown = {photo.key for photo in after.photos} if after else set()
    assert all(default_storage.exists(key) for key in sent & shown)


def uploads_of(market: Market) -> list[str]:
    uploads = Upload.query(market.user_id, consistent_read=True)
    return [each.upload_id for each in uploads if each.market_id == market.market_id]


def possible_mails(after: ModelApplication | None, attempts: Sequence[Attempt]) -> set[int]:
    """Return how many mails may have been sent: those that are recorded as sent.

    An erasure also cancels a mail that is being sent at this moment.
    """
    states = [each.state for each in after.mails] if after else []
    sent = states.count("sent")
    erased = any(each.action == "erase" for each in attempts) and "cancelled" in states
    return {sent, sent + 1} if erased else {sent}


def mails_sent() -> Counter[str]:
    """Return how many mails each address has got in this test."""
    return Counter(each.to[0] for each in mail.outbox)
