"""Every write of Garage's pages: the form that makes it, and how often it has happened."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.test import Client

from approvals.queue.selection import BulkAction, SelectedMarket, sign_selection
from approvals.reply_templates.models import ReplyTemplate
from approvals.reply_templates.operations import reply_templates_of
from approvals.review.notes import notes_on
from core.unsaved import operations as unsaved
from identity.sessions.operations import list_sessions
from markets.accounts.models import TransferCode
from markets.accounts.profiles import get_profile
from markets.accounts.transfer import create_code
from markets.history.queries import history_of
from markets.lifecycle import Action
from markets.models import Market
from markets.outbox.messages import standing_messages
from markets.photos.forms import PhotoForm, prefix_of
from markets.photos.models import Upload
from markets.privacy.data_export import find_data_export
from markets.queries import load_market
from tests import factories
from tests.account import account
from tests.clients import sign_in
from tests.fire.faults.people import People, versions_after
from tests.uploads import arrived


@dataclass(frozen=True)
class Form:
    """A form that is ready to be sent. `count` says how often its write has happened."""

    client: Client
    path: str
    data: dict[str, Any]
    count: Callable[[], int]


@dataclass(frozen=True)
class Write:
    """`prepare` makes what the write needs; `repeats` is set where each click makes a new one."""

    name: str
    prepare: Callable[[People], Form]
    repeats: bool = False


def begin(it: People) -> Form:
    path = f"/markets/apply/{it.city.slug}/"
    return Form(it.merchant, path, it.fields(path), it.applications)


def saves(slug: str, make: Any = factories.draft, **values: str) -> Any:
    """Save one section of an application."""

    def prepare(it: People) -> Form:
        market = make(it.maria, it.city)
        path = f"/markets/{market.market_id}/{slug}/"
        return Form(it.merchant, path, it.fields(path, **values), lambda: versions_after(market))

    return prepare


GOODS = {"description": "Beeswax candles", "average_price": "9.50"}
SELLER = {
    "legal_name": "Another name",
    "contact_email": "maria@example.com",
    "language": "ro",
}


def submit(it: People) -> Form:
    market = factories.draft(it.maria, it.city)
    path = f"/markets/{market.market_id}/check/"
    return Form(it.merchant, path, it.fields(path), lambda: recorded(market, Action.SUBMIT))


def withdraw(it: People) -> Form:
    market = factories.submitted(it.maria, it.city)
    path = f"/markets/{market.market_id}/withdraw/"
    return Form(it.merchant, path, it.fields(path), lambda: recorded(market, Action.WITHDRAW))


def delete_draft(it: People) -> Form:
    market = factories.draft(it.maria, it.city)
    path = f"/markets/{market.market_id}/delete/"
    return Form(it.merchant, path, it.fields(path), lambda: 1 - it.applications())


def apply_again(it: People) -> Form:
    market = factories.rejected(it.maria, it.city)
    path = f"/markets/{market.market_id}/again/"
    data = it.fields(path, city=it.city.slug)
    return Form(it.merchant, path, data, lambda: it.applications() - 1)


def save_profile(it: People) -> Form:
    data = it.fields("/account/", legal_name="Maria Crafts SRL")
    return Form(it.merchant, "/account/", data, lambda: int(get_profile(it.maria).version or 0))


def photos(it: People) -> tuple[Market, str]:
    market = factories.draft(it.maria, it.city)
    return market, f"/markets/{market.market_id}/photos/"


def save_photos(it: People) -> Form:
    market, path = photos(it)
    data = it.fields(path, action="save")
    (photo,) = market.photos
    prefix = prefix_of(photo)
    form = PhotoForm(market=market, prefix=prefix, photo=photo)
    data[f"{prefix}-stored"] = form["stored"].value()
    data[f"{prefix}-alt_text"] = "The stall in the morning"
    return Form(it.merchant, path, data, lambda: versions_after(market))


def uploads_of(it: People) -> int:
    return Upload.count(it.maria.id, consistent_read=True)


def begin_upload(it: People) -> Form:
    _, path = photos(it)
    data = {"name": "a.jpg", "type": "image/jpeg", "size": "1000"}
    return Form(it.merchant, f"{path}uploads/", data, lambda: uploads_of(it))


def finish_upload(it: People) -> Form:
    market, path = photos(it)
    upload_id = arrived(it.maria, market)
    path = f"{path}uploads/{upload_id}/finish/"
    return Form(it.merchant, path, {}, lambda: len(load_market(market.key).photos) - 1)


def discard_upload(it: People) -> Form:
    market, path = photos(it)
    upload_id = arrived(it.maria, market)
    return Form(it.merchant, f"{path}uploads/{upload_id}/discard/", {}, lambda: 1 - uploads_of(it))


def export_data(it: People) -> Form:
    factories.submitted(it.maria, it.city)
    return Form(it.merchant, "/account/data/", {}, lambda: int(bool(find_data_export(it.maria))))


def delete_account(it: People) -> Form:
    factories.draft(it.maria, it.city)
    data = {"confirmation": "DELETE"}
    return Form(it.merchant, "/account/delete/", data, lambda: 1 - it.applications())


def create_transfer_code(it: People) -> Form:
    def count() -> int:
        # The site itself may not list codes.
        found = account().operator.dynamodb.scan(
            TableName=TransferCode.Meta.table_name,
            FilterExpression="userId = :person",
            ExpressionAttributeValues={":person": {"S": it.maria.id}},
        )
        return int(found["Count"])

    return Form(it.merchant, "/account/transfer/create-code/", {}, count)


def redeem_code(it: People) -> Form:
    other = factories.merchant()
    factories.submitted(other, it.city)
    data = {"code": create_code(other), "confirmed": "yes"}
    return Form(it.merchant, "/account/transfer/redeem/", data, it.applications)


def end_session(it: People) -> Form:
    sign_in(Client(), sub=it.maria.id)
    own = it.session()
    (other,) = (each for each in list_sessions(it.maria.id) if not own or each.id != own.id)
    return Form(
        it.merchant,
        "/sessions/",
        {"end": other.handle},
        lambda: 2 - len(list_sessions(it.maria.id)),
    )


def sign_out(it: People) -> Form:
    session = it.session()
    assert session
    return Form(
        it.merchant, "/sign-out/", {}, lambda: int(type(session).current(session.id) is None)
    )


def save_for_later(it: People) -> Form:
    """A form that is sent after its session has ended is stored for its author."""
    market = factories.draft(it.maria, it.city)
    path = f"/markets/{market.market_id}/goods/"
    data = it.fields(path, **GOODS)
    visitor = Client(raise_request_exception=False)
    return Form(visitor, path, data, lambda: len(unsaved.list_forms(it.maria.id)))


def recorded(market: Market, action: Action) -> int:
    """Return how often the history has an action; its mails and its version must agree."""
    stored = load_market(market.key)
    entries = history_of(stored)
    assert [int(each.version) for each in entries][-1:] in ([], [stored.version])
    times = sum(each.action == action.value for each in entries)
    if action in {Action.APPROVE, Action.REJECT, Action.REQUEST_CHANGES}:
        assert len(standing_messages(stored)) == times
    return times


def decides(slug: str, action: Action, **values: str) -> Any:
    def prepare(it: People) -> Form:
        market = factories.submitted(it.maria, it.city)
        data = {"expected_version": market.version, **values}
        return Form(
            it.city_hall, f"{it.review(market)}{slug}/", data, lambda: recorded(market, action)
        )

    return prepare


def undo(it: People) -> Form:
    market = factories.approved(it.maria, it.city)
    data = {"expected_version": market.version}
    return Form(
        it.city_hall, f"{it.review(market)}undo/", data, lambda: recorded(market, Action.UNDO)
    )


def add_note(it: People) -> Form:
    market = factories.submitted(it.maria, it.city)
    data = {"note_id": str(uuid4()), "text": "Called them."}
    return Form(it.city_hall, f"{it.review(market)}notes/", data, lambda: len(notes_on(market)))


def assign(it: People) -> Form:
    market = factories.submitted(it.maria, it.city)
    data = {"expected_version": market.version, "assignee": it.officer.id}

    def count() -> int:
        return int(load_market(market.key).assignee == it.officer.id)

    return Form(it.city_hall, f"{it.review(market)}assign/", data, count)


def bulk(action: BulkAction, recorded_as: Action | None = None, **values: str) -> Any:
    def prepare(it: People) -> Form:
        market = factories.submitted(it.maria, it.city)
        selection = sign_selection(it.officer, it.city.slug, action, [SelectedMarket.of(market)])
        chosen = {"assignee": it.officer.id} if action == BulkAction.ASSIGN else values

        def count() -> int:
            if recorded_as:
                return recorded(market, recorded_as)
            return int(load_market(market.key).assignee == it.officer.id)

        path = f"/city-hall/{it.city.slug}/bulk/confirm/"
        return Form(it.city_hall, path, {"selection": selection, **chosen}, count)

    return prepare


TEXTS = {"occasion": "reject", "title": "No space", "text": "There is no space."}


def templates_of(it: People) -> list[ReplyTemplate]:
    return reply_templates_of(it.officer, it.city.slug)


def add_template(it: People) -> Form:
    path = f"/city-hall/{it.city.slug}/reply-templates/add/"
    data = TEXTS | {"template_id": str(uuid4()), "language": "en"}
    return Form(it.city_hall, path, data, lambda: len(templates_of(it)))


def template_path(it: People) -> str:
    made = factories.reply_template(it.officer, it.city)
    return f"/city-hall/{it.city.slug}/reply-templates/en/{made.template_id}/"


def revise_template(it: People) -> Form:
    path = template_path(it)
    data = TEXTS | {"expected_version": 1}
    return Form(it.city_hall, path, data, lambda: int(templates_of(it)[0].version or 0) - 1)


def delete_template(it: People) -> Form:
    path = f"{template_path(it)}delete/"
    return Form(it.city_hall, path, {"expected_version": 1}, lambda: 1 - len(templates_of(it)))


REASON = {"reason_code": "no_space", "text": "There is no space."}

WRITES = [
    Write("begin an application", begin),
    Write("save: application", saves("market", name="Another name", category="crafts")),
    Write("save: goods", saves("goods", **GOODS)),
    Write("save: stall", saves("stall", power_kw="2.50")),
    Write("save: merchant", saves("merchant", **SELLER)),
    Write("revise a submitted one", saves("goods", factories.submitted, **GOODS)),
    Write("revise an approved one", saves("goods", factories.approved, **GOODS)),
    Write("submit", submit),
    Write("withdraw", withdraw),
    Write("delete a draft", delete_draft),
    Write("apply again", apply_again),
    Write("save the profile", save_profile),
    Write("save photos", save_photos),
    Write("begin an upload", begin_upload, repeats=True),
    Write("finish an upload", finish_upload),
    Write("discard an upload", discard_upload),
    Write("export data", export_data),
    Write("delete the account", delete_account),
    Write("create a transfer code", create_transfer_code, repeats=True),
    Write("redeem a transfer code", redeem_code),
    Write("end a session", end_session),
    Write("sign out", sign_out),
    Write("save a form for later", save_for_later),
    Write("approve", decides("approve", Action.APPROVE)),
    Write("reject", decides("reject", Action.REJECT, **REASON)),
    Write(
        "request changes",
        decides("request-changes", Action.REQUEST_CHANGES, ask_photos="One more, please."),
    ),
    Write("undo", undo),
    Write("add a note", add_note),
    Write("assign", assign),
    Write("bulk: approve", bulk(BulkAction.APPROVE, Action.APPROVE)),
    Write("bulk: reject", bulk(BulkAction.REJECT, Action.REJECT, **REASON)),
    Write("bulk: assign", bulk(BulkAction.ASSIGN)),
    Write("add a reply template", add_template),
    Write("revise a reply template", revise_template),
    Write("delete a reply template", delete_template),
]
