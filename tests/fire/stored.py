"""What is stored of an application, as the model knows it."""

from approvals.review.notes import notes_on
from core.errors import NotFound
from markets.history.chain import first_break
from markets.history.queries import history_of
from markets.models import Market, MarketKey
from markets.outbox.messages import messages_to
from markets.queries import get_market
from tests import factories
from tests.fire.model import ModelApplication, ModelMail, ModelPhoto


def modelled(market: Market) -> ModelApplication:
    """Return the model of an application as it is stored now."""
    records = [] if market.status == "draft" else history_of(market)
    mails = messages_to(market)[::-1]
    return ModelApplication(
        market.user_id,
        market.market_id,
        market.city,
        market.name or "",
        status=market.status,
        version=int(market.version or 0),
        assignee=market.assignee,
        submitted_at=market.submitted_at,
        photos=[ModelPhoto(photo.key, photo.alt_text) for photo in market.photos],
        notes=[note.text for note in notes_on(market)],
        history=[(int(each.version), each.action) for each in records],
        mails=[ModelMail(each.action, int(each.version), each.at, each.state) for each in mails],
        erased=market.erased_at is not None,
    )


def stored(key: MarketKey) -> ModelApplication | None:
    """Return the model of what is stored now, with an unbroken history; None if it is deleted."""
    try:
        market = get_market(factories.OPERATOR, key)
    except NotFound:
        return None
    if market.status != "draft":
        assert first_break(market, history_of(market), {}) is None
    return modelled(market)


def is_same(expected: ModelApplication, found: ModelApplication | None) -> bool:
    if found is None or expected.deleted:
        return expected.deleted and found is None
    mails = [[(m.action, m.version, m.state) for m in each.mails] for each in (expected, found)]
    return mails[0] == mails[1] and all(
        getattr(expected, name) == getattr(found, name)
        for name in ("status", "version", "name", "assignee", "history")
    )
