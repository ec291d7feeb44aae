"""The photos page by forms and by the requests of its script, without a browser."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from core.actors import Actor
from markets.cities.models import City
from markets.models import Market, Status
from markets.operations import revise_market, withdraw_market
from markets.photos.forms import fingerprint, prefix_of
from markets.queries import get_market
from tests import factories, images
from tests.uploads import arrived


@pytest.fixture
def three(maria: Actor, draft: Market) -> Market:
    """A draft with three photos."""
    photos = [factories.photo(draft.market_id, alt_text=f"Photo {n}") for n in range(3)]
    return revise_market(maria, draft.key, expected_version=1, details={"photos": tuple(photos)})


def path(market: Market) -> str:
    return reverse("markets:photos", args=[market.market_id])


def shown(client: Client, market: Market) -> dict[str, Any]:
    """Return what the page would send as it is."""
    answer = client.get(path(market))
    assert answer.status_code == 200
    return fields(answer)


def fields(answer: Any) -> dict[str, Any]:
    formset, data = answer.context["formset"], {}
    for form in formset:
        for field in form:
            data[field.html_name] = field.value() or ""
    return data | {
        "order": [form.prefix for form in formset],
        "seen": formset.seen,
        "expected_version": str(answer.context["expected_version"]),
        "fingerprint": answer.context["fingerprint"],
    }


def now(market: Market) -> Market:
    return get_market(Actor.operator("tests"), market.key)


def alts(market: Market) -> list[str]:
    return [photo.alt_text for photo in now(market).photos]


def jpeg(size: tuple[int, int] = (640, 480)) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.jpg", images.jpeg(size), content_type="image/jpeg")


# By forms alone


def test_photo_is_uploaded_with_form(merchant: Client, draft: Market) -> None:
    data = shown(merchant, draft)
    answer = merchant.post(path(draft), data | {"action": "upload", "upload": jpeg()})
    assert answer.status_code == 302
    (photo,) = now(draft).photos
    assert photo.widths == [480, 640]
    page = merchant.get(answer["Location"])
    assert photo.srcset in page.content.decode()


@pytest.mark.parametrize("action", ["upload", "save", "list"])
def test_chosen_file_is_uploaded_with_every_button(
    merchant: Client, three: Market, action: str
) -> None:
    merchant.post(path(three), shown(merchant, three) | {"action": action, "upload": jpeg()})
    assert len(now(three).photos) == 4


def test_refused_file_does_not_lose_other_input(merchant: Client, three: Market) -> None:
    data = shown(merchant, three)
    data[f"{data['order'][0]}-alt_text"] = "Typed just now"
    program = SimpleUploadedFile("a.jpg", images.windows_program(), content_type="image/jpeg")
    answer = merchant.post(path(three), data | {"action": "upload", "upload": program})
    assert answer.status_code == 422
    assert "This is a program, not a photo" in answer.content.decode()
    assert alts(three) == ["Typed just now", "Photo 1", "Photo 2"]


def test_upload_without_file_is_reported(merchant: Client, three: Market) -> None:
    answer = merchant.post(path(three), shown(merchant, three) | {"action": "upload"})
    assert answer.status_code == 422
    assert "Choose a photo first." in answer.content.decode()


def test_too_large_file_is_refused_with_its_size(merchant: Client, draft: Market) -> None:
    large = SimpleUploadedFile("a.jpg", images.jpeg() + bytes(4 * 1024 * 1024))
    answer = merchant.post(
        path(draft), shown(merchant, draft) | {"action": "upload", "upload": large}
    )
    assert "has 4.1 MB; a photo may have at most 4 MB" in answer.content.decode()


@pytest.mark.parametrize(
    ("verb", "at", "expected"),
    [
        ("up", 2, [0, 2, 1]),
        ("up", 0, [0, 1, 2]),
        ("down", 0, [1, 0, 2]),
        ("down", 2, [0, 1, 2]),
        ("remove", 1, [0, 2]),
    ],
)
def test_buttons_reorder_and_remove_photos(
    merchant: Client, three: Market, verb: str, at: int, expected: list[int]
) -> None:
    data = shown(merchant, three)
    data[f"{data['order'][0]}-role"] = "night"
    answer = merchant.post(path(three), data | {"action": f"{verb}-{data['order'][at]}"})
    assert answer.status_code == 302
    assert alts(three) == [f"Photo {n}" for n in expected]
    assert {photo.role for photo in now(three).photos} == {"night", None}


def test_save_redirects_to_next_section(merchant: Client, three: Market) -> None:
    data = shown(merchant, three)
    data[f"{data['order'][1]}-alt_text"] = "The goods"
    data[f"{data['order'][1]}-role"] = "goods"
    answer = merchant.post(path(three), data | {"action": "save"})
    assert answer["Location"] == reverse("markets:stall", args=[three.market_id])
    assert alts(three) == ["Photo 0", "The goods", "Photo 2"]
    assert now(three).photos[1].role_label == "The goods"
    answer = merchant.post(path(three), shown(merchant, three) | {"action": "list"})
    assert answer["Location"] == reverse("markets:task_list", args=[three.market_id])


def test_missing_description_is_added_from_check_answers(
    merchant: Client, maria: Actor, three: Market
) -> None:
    photos = now(three).photos
    photos[1].alt_text = ""
    version = now(three).version or 0
    revise_market(maria, three.key, expected_version=version, details={"photos": tuple(photos)})
    checked = reverse("markets:check_answers", args=[three.market_id])
    undescribed = shown(merchant, three)["order"][1]
    asking = f"{path(three)}?check"
    refused = merchant.post(checked, {"expected_version": str(now(three).version)}).text
    assert f'href="{asking}#id_{undescribed}-alt_text">Say what each photo shows.' in refused
    page = merchant.get(asking)
    assert f'id="id_{undescribed}-alt_text"' in page.text
    assert f'action="{asking}"' in page.text
    assert "Save and check your answers" in page.text
    moved = merchant.post(asking, fields(page) | {"action": f"up-{undescribed}"})
    assert moved["Location"] == f"{asking}#photo-{undescribed}"
    data = shown(merchant, three) | {f"{undescribed}-alt_text": "The goods", "action": "save"}
    assert merchant.post(asking, data)["Location"] == checked
    assert alts(three) == ["The goods", "Photo 0", "Photo 2"]


def test_too_long_description_is_reported_at_field(merchant: Client, three: Market) -> None:
    data = shown(merchant, three)
    data[f"{data['order'][1]}-alt_text"] = "x" * 201
    answer = merchant.post(path(three), data | {"action": "save"})
    assert answer.status_code == 422
    assert "at most 200 characters" in answer.content.decode()
    assert "x" * 201 in answer.content.decode()


def test_forged_photo_signature_is_refused(merchant: Client, three: Market, city: City) -> None:
    data = shown(merchant, three)
    other = factories.draft(factories.merchant(), city)
    row = data["order"][0]
    for forged in ("", "guessed", other.photos[0].key):
        answer = merchant.post(path(three), data | {f"{row}-stored": forged, "action": "save"})
        assert answer.status_code == 422
        assert "This photo could not be found" in answer.content.decode()
    assert now(three).version == three.version


def test_photo_of_other_application_is_refused(
    merchant: Client, maria: Actor, three: Market, city: City
) -> None:
    other = factories.draft(maria, city)
    stolen = shown(merchant, other)
    answer = merchant.post(
        path(three), stolen | {"action": "save", "fingerprint": fingerprint(now(three).photos)}
    )
    assert answer.status_code == 422
    assert len(now(three).photos) == 3


# Two tabs


def test_concurrent_tabs_lose_no_photo(merchant: Client, maria: Actor, three: Market) -> None:
    first = shown(merchant, three)
    merchant.post(path(three), shown(merchant, three) | {"action": "upload", "upload": jpeg()})
    first[f"{first['order'][0]}-alt_text"] = "From the first tab"
    answer = merchant.post(path(three), first | {"action": "save"})
    assert answer.status_code == 412
    assert "changed since you opened it" in answer.content.decode()
    assert alts(three) == ["Photo 0", "Photo 1", "Photo 2", ""]  # nothing was saved
    again = fields(answer)
    assert len(again["order"]) == 4
    assert again[f"{again['order'][0]}-alt_text"] == "From the first tab"
    merchant.post(path(three), again | {"action": "save"})
    assert alts(three) == ["From the first tab", "Photo 1", "Photo 2", ""]


def test_change_of_other_section_is_no_conflict(
    merchant: Client, maria: Actor, three: Market
) -> None:
    data = shown(merchant, three)
    revise_market(maria, three.key, expected_version=2, details={"name": "Elsewhere"})
    assert merchant.post(path(three), data | {"action": "save"}).status_code == 302
    assert now(three).name == "Elsewhere"


def test_removed_photo_stays_removed_after_conflict(merchant: Client, three: Market) -> None:
    first = shown(merchant, three)
    merchant.post(path(three), shown(merchant, three) | {"action": "upload", "upload": jpeg()})
    answer = merchant.post(path(three), first | {"action": f"remove-{first['order'][0]}"})
    assert answer.status_code == 412
    assert len(fields(answer)["order"]) == 3  # two of the three, and the new one


# What the city reads or has approved


def test_approved_application_changes_only_when_saved(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.approved(maria, city)
    data = shown(merchant, market)
    answer = merchant.post(path(market), data | {"action": "upload", "upload": jpeg()})
    assert answer.status_code == 200
    assert "Not saved yet" in answer.content.decode()
    assert now(market).status == Status.APPROVED
    data = fields(answer)
    assert len(data["order"]) == 2
    answer = merchant.post(path(market), data | {"action": "save"})
    assert answer.status_code == 422
    assert now(market).status == Status.APPROVED
    data[f"{data['order'][1]}-alt_text"] = "The second"
    answer = merchant.post(path(market), data | {"action": f"up-{data['order'][1]}"})
    answer = merchant.post(path(market), fields(answer) | {"action": "save"})
    assert answer.status_code == 302
    assert (now(market).status, alts(market)) == (
        Status.SUBMITTED,
        ["The second", "The stall at night"],
    )


def test_submitted_application_needs_a_photo(merchant: Client, maria: Actor, city: City) -> None:
    market = factories.submitted(maria, city)
    data = shown(merchant, market) | {"order": []}
    answer = merchant.post(path(market), data | {"action": "save"})
    assert answer.status_code == 422
    assert "Add at least one photo." in answer.content.decode()


def test_stale_version_of_submitted_application_is_refused(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.submitted(maria, city)
    data = shown(merchant, market)
    revise_market(maria, market.key, expected_version=2, details={"name": "Elsewhere"})
    assert merchant.post(path(market), data | {"action": "save"}).status_code == 412
    assert now(market).version == 3


# By the script


def by_script(client: Client, url: str, data: dict[str, Any] | None = None) -> Any:
    return client.post(url, data or {}, headers={"Accept": "application/json"})


def test_script_begins_and_finishes_upload(merchant: Client, maria: Actor, draft: Market) -> None:
    page = shown(merchant, draft)
    begun = by_script(
        merchant,
        reverse("markets:begin_upload", args=[draft.market_id]),
        {"name": "a.jpg", "type": "image/jpeg", "size": "1000"},
    )
    assert begun.status_code == 201
    assert set(begun.json()) == {"form", "finish", "discard"}
    missing = by_script(merchant, begun.json()["finish"])
    assert (missing.status_code, missing.json()["arrived"]) == (410, False)
    assert by_script(merchant, begun.json()["discard"]).status_code == 204

    upload_id = arrived(maria, draft)
    finished = by_script(
        merchant, reverse("markets:finish_upload", args=[draft.market_id, upload_id])
    )
    payload = finished.json()
    (photo,) = now(draft).photos
    assert payload["row"] == prefix_of(photo)
    assert re.search(rf'name="{prefix_of(photo)}-alt_text"', payload["part"])
    assert payload["before"] == page["fingerprint"]
    assert payload["now"] == fingerprint([photo])


def test_script_gets_message_for_refused_file(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    url = reverse("markets:begin_upload", args=[draft.market_id])
    refused = by_script(merchant, url, {"name": "a.heic", "type": "image/heic", "size": "9"})
    assert (refused.status_code, refused.json()["again"]) == (422, False)
    assert "Most Compatible" in refused.json()["message"]
    upload_id = arrived(maria, draft, images.svg(), kind="image/png")
    url = reverse("markets:finish_upload", args=[draft.market_id, upload_id])
    assert "SVG" in by_script(merchant, url).json()["message"]
    gone = by_script(merchant, url)
    assert (gone.status_code, gone.json()["arrived"]) == (404, False)


def test_script_saves_order_and_gets_conflict(merchant: Client, three: Market) -> None:
    data = shown(merchant, three)
    saved = by_script(merchant, path(three), data | {"order": list(reversed(data["order"]))})
    assert saved.json() == {"fingerprint": fingerprint(now(three).photos)}
    assert alts(three) == ["Photo 2", "Photo 1", "Photo 0"]
    merchant.post(path(three), shown(merchant, three) | {"action": "upload", "upload": jpeg()})
    stale = by_script(merchant, path(three), data | saved.json())
    assert stale.status_code == 412
    assert len(stale.json()["seen"]) == 4


def test_interrupted_upload_is_finished_without_script(
    merchant: Client, maria: Actor, draft: Market
) -> None:
    first, second = arrived(maria, draft), arrived(maria, draft)
    page = merchant.get(path(draft)).content.decode()
    assert "Unfinished uploads" in page
    answer = merchant.post(reverse("markets:finish_upload", args=[draft.market_id, first]))
    assert answer["Location"] == path(draft)
    assert len(now(draft).photos) == 1
    merchant.post(reverse("markets:discard_upload", args=[draft.market_id, second]))
    assert "Unfinished uploads" not in merchant.get(path(draft)).content.decode()
    answer = merchant.post(reverse("markets:finish_upload", args=[draft.market_id, second]))
    assert answer.status_code == 302


def test_interrupted_upload_to_submitted_application_is_not_saved(
    merchant: Client, maria: Actor, city: City
) -> None:
    market = factories.submitted(maria, city)
    url = reverse("markets:finish_upload", args=[market.market_id, arrived(maria, market)])
    answer = merchant.post(url)
    assert "Not saved yet" in answer.content.decode()
    assert len(fields(answer)["order"]) == 2


# Permissions


@pytest.mark.parametrize("name", ["photos", "begin_upload", "finish_upload", "discard_upload"])
def test_other_actors_cannot_use_photo_pages(
    stranger: Client, officer: Client, visitor: Client, maria: Actor, draft: Market, name: str
) -> None:
    ids = [draft.market_id]
    if name in {"finish_upload", "discard_upload"}:
        ids.append(arrived(maria, draft))
    url = reverse(f"markets:{name}", args=ids)
    data = {"name": "a.jpg", "type": "image/jpeg", "size": "1000", "action": "upload"}
    assert stranger.post(url, data).status_code == 404
    assert by_script(stranger, url, data).status_code == 404
    assert officer.post(url, data).status_code == 403
    assert visitor.post(url, data).status_code in {302, 403}  # to the sign-in, or refused
    assert now(draft).version == 1


def test_withdrawn_application_cannot_be_edited(merchant: Client, maria: Actor, city: City) -> None:
    market = factories.submitted(maria, city)
    data = shown(merchant, market)
    withdraw_market(maria, market.key, expected_version=2)
    assert merchant.get(path(market)).status_code == 302
    assert by_script(merchant, path(market), data).status_code == 403
