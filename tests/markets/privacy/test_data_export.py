"""The data export of a merchant: complete, and without data of others."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.test import Client

from approvals.review.notes import add_note
from approvals.review.operations import request_changes
from core import clock
from core.actors import Actor
from core.dynamodb import Table
from core.errors import NotAllowed
from core.unsaved.models import UnsavedForm
from identity.sessions.models import Session
from markets.accounts.models import MerchantProfile
from markets.accounts.profiles import save_profile
from markets.cities.models import City
from markets.history.models import HistoryRecord
from markets.history.queries import history_of
from markets.models import Market
from markets.operations import revise_market
from markets.outbox.messages import messages_to
from markets.outbox.models import Message
from markets.photos import uploads
from markets.photos.models import Upload
from markets.privacy import data_export
from markets.privacy.data_export import (
    WITHHELD,
    find_data_export,
    iter_data_export,
    make_data_export,
)
from tests import factories
from tests.account import SessionAccount
from tests.clients import sign_in

PAGE = "/account/data/"
ABOUT = {"email": "maria@example.com", "name": "Maria"}
NOTE = "Between us: the stall stood crooked last year."
PICTURE = b"RIFF picture of a stall"


@pytest.fixture(name="market")
def market_fixture(maria: Actor, city: City) -> Market:
    """A market with everything: photo, history, a note, an assignee."""
    market = factories.submitted(maria, city, phone="+40 1 2345")
    default_storage.save(market.photos[0].key, ContentFile(PICTURE))
    officer = factories.officer(city.slug)
    add_note(officer, city.slug, market.key, note_id="n1", text=NOTE)
    Market.update_unversioned(
        market.key, {"assignee": "officer-7", "assignee_name": "Ioana"}, version=2
    )
    return market


def opened(actor: Actor) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(iter_data_export(actor, signed_in_as=ABOUT))))


def read_json(archive: zipfile.ZipFile, name: str) -> Any:
    return json.loads(archive.read(name))


def test_zip_contains_all_files(maria: Actor, market: Market) -> None:
    archive = opened(maria)
    folder = f"markets/{market.reference}"
    assert archive.testzip() is None
    assert sorted(archive.namelist()) == [
        "account.json",
        f"{folder}/market.json",
        f"{folder}/photo-1.webp",
    ]
    assert archive.read(f"{folder}/photo-1.webp") == PICTURE


def test_export_contains_every_attribute_of_merchant(
    maria: Actor, market: Market, city: City
) -> None:
    """Every attribute of every item is exported, or listed in WITHHELD."""
    save_profile(maria, expected_version=0, details={"legal_name": "Maria Crafts SRL"})
    uploads.begin_upload(maria, market.key, name="a.jpg", content_type="image/jpeg", size=9)
    now = clock.now()
    UnsavedForm(maria.id, "/x/", fields={"a": ["b"]}, created_at=now, expires_at=now).save()
    _session(maria)
    _request_changes(market, city)
    archive = opened(maria)
    about = read_json(archive, "account.json")
    one = read_json(archive, f"markets/{market.reference}/market.json")
    found: list[tuple[type[Table], Any]] = [
        (MerchantProfile, about["profile"]),
        (Session, about["sessions"][0]),
        (UnsavedForm, about["unsavedForms"][0]),
        (Upload, about["unfinishedUploads"][0]),
        (Market, one),
        (Message, one["messages"][0]),
    ]
    for model, values in found:
        names = {
            str(each.attr_name)
            for name, each in model.get_attributes().items()
            if name not in WITHHELD.get(model, {})
        }
        assert names <= values.keys(), model
    assert about["profile"]["legalName"] == "Maria Crafts SRL"
    assert about["signedInAs"] == ABOUT
    assert one["legalName"] == market.legal_name
    assert one["phone"] == market.phone
    assert one["marketAveragePrice"] == "12.50"
    assert one["photos"][0]["file"] == "photo-1.webp"
    assert one["photos"][0]["altText"] == market.photos[0].alt_text
    assert one["messages"][0]["body"] == messages_to(market)[0].body


def test_every_model_is_exported_or_listed_as_excluded() -> None:
    """For a new model, somebody must decide whether it has a merchant's data."""
    in_it = {MerchantProfile, Session, UnsavedForm, Upload, Market, Message, HistoryRecord}
    without = {
        "City",
        "ClosedAccount",  # while it exists, there is nobody to export anything
        "EmailAccounts",  # a keyed hash of the sign-in's address
        "Note",  # officers' private notes
        "Officer",
        "Reference",  # repeats each market's own
        "ReplyTemplate",  # of officers
        "TransferCode",  # a keyed hash, for a quarter of an hour
    }
    models = _models(Table)
    assert {model.__name__ for model in models - in_it} == without


def test_exported_history_omits_officers_and_notes(
    maria: Actor, market: Market, city: City
) -> None:
    archive = opened(maria)
    records = history_of(market)
    history = read_json(archive, f"markets/{market.reference}/market.json")["history"]
    assert [each["version"] for each in history] == [entry.version for entry in records]
    assert history[0]["after"]["legalName"] == market.legal_name
    assert history[0]["by"] == "merchant"
    everything = "".join(archive.read(name).decode("latin-1") for name in archive.namelist())
    for secret in (NOTE, "officer-7", "Ioana", "actorName"):
        assert secret not in everything


def test_export_contains_no_tokens_or_session_ids(maria: Actor) -> None:
    session = _session(maria)
    everything = opened(maria).read("account.json").decode()
    assert session.device in everything
    assert session.id not in everything
    assert session.refresh_token not in everything


def test_missing_photo_does_not_break_export(maria: Actor, city: City) -> None:
    market = factories.submitted(maria, city)
    one = read_json(opened(maria), f"markets/{market.reference}/market.json")
    assert one["photos"][0]["file"] is None


def test_export_holds_one_photo_in_memory(maria: Actor, city: City) -> None:
    market = factories.draft(maria, city)
    size, count = 2_000_000, 6
    photos = tuple(factories.photo(market.market_id) for _ in range(count))
    revise_market(maria, market.key, expected_version=1, details={"photos": photos})
    for photo in photos:
        default_storage.save(photo.key, ContentFile(bytes(size)))
    tracemalloc.start()
    total = sum(len(part) for part in iter_data_export(maria, signed_in_as=ABOUT))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total > size * count
    assert peak < size * count / 2


def test_export_is_downloaded_by_its_owner_only(
    maria: Actor, market: Market, account: SessionAccount
) -> None:
    assert find_data_export(maria) is None
    make_data_export(maria, signed_in_as=ABOUT)
    found = find_data_export(maria)
    assert found
    answer = requests.get(found.url, timeout=10)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-garage-data.zip"'
    assert len(answer.content) == found.size
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    bare = found.url.partition("?")[0]
    assert requests.get(bare, timeout=10).status_code == 403
    assert find_data_export(factories.merchant()) is None
    with clock.freeze(clock.now() + timedelta(days=1, minutes=1)):
        assert find_data_export(maria) is None


def test_multipart_export_is_complete(maria: Actor, city: City) -> None:
    market = factories.draft(maria, city)
    big = bytes(range(256)) * (36_000)  # more than the 8 MB that go at once
    default_storage.save(market.photos[0].key, ContentFile(big))
    make_data_export(maria, signed_in_as=ABOUT)
    found = find_data_export(maria)
    assert found
    archive = zipfile.ZipFile(io.BytesIO(requests.get(found.url, timeout=10).content))
    assert archive.read(f"markets/{market.reference}/photo-1.webp") == big


def test_interrupted_export_keeps_previous_one(maria: Actor, market: Market) -> None:
    make_data_export(maria, signed_in_as=ABOUT)
    before = find_data_export(maria)

    def broken() -> Iterator[bytes]:
        yield bytes(9_000_000)
        raise ConnectionResetError

    name = f"{maria.id}/{data_export.FILE_NAME}"
    with pytest.raises(ConnectionResetError):
        storages["exports"].write(name, broken())  # type: ignore[attr-defined]
    after = find_data_export(maria)
    assert before
    assert after
    assert (after.made_at, after.size) == (before.made_at, before.size)


def test_page_creates_export_and_links_to_it(
    merchant: Client, stranger: Client, market: Market
) -> None:
    assert "Create the zip file" in merchant.get(PAGE).text
    made = merchant.post(PAGE, follow=True)
    assert "Download the zip" in made.text
    assert "Download the zip" not in stranger.get(PAGE).text


def test_other_actors_have_no_export(city: City) -> None:
    for actor in (factories.officer(city.slug), Actor.visitor()):
        with pytest.raises(NotAllowed):
            make_data_export(actor, signed_in_as={})
        with pytest.raises(NotAllowed):
            find_data_export(actor)


def _models(base: type[Table]) -> set[type[Table]]:
    return {
        model
        for child in base.__subclasses__()
        for model in ({child} | _models(child))
        if not child.__module__.startswith("tests.")
    }


def _session(actor: Actor) -> Session:
    client = Client()
    sign_in(client, sub=actor.id)
    return Session.get(client.session["person"]["id"])


def _request_changes(market: Market, city: City) -> None:
    request_changes(
        factories.officer(city.slug),
        city.slug,
        market.key,
        expected_version=2,
        requests=[("marketName", "Please say more.")],
        text="Dear merchant",
    )
