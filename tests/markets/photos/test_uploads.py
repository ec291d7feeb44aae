import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest
from django.conf import settings
from django.core.files.storage import default_storage

from core import clock
from core.actors import Actor
from core.environment import ROOT
from core.errors import InvalidTransition, NotFound
from core.storage import IncomingStorage
from markets.cities.models import City
from markets.details import MAX_PHOTOS
from markets.images.storage import MAX_UPLOAD_BYTES
from markets.models import Market, Status
from markets.operations import revise_market, submit_market, withdraw_market
from markets.photos.uploads import (
    FORM_SECONDS,
    SLOT_SECONDS,
    SLOTS,
    NotArrived,
    TooManyPhotos,
    TooManyUploads,
    begin_upload,
    discard_upload,
    finish_upload,
    waiting_uploads,
)
from markets.queries import get_market
from tests import factories, images
from tests.account import SessionAccount
from tests.core.test_storage import request_anonymously
from tests.faults import intercepted
from tests.uploads import arrived, incoming, send


def begin(actor: Actor, market: Market) -> str:
    return begin_upload(
        actor, market.key, name="a.jpg", content_type="image/jpeg", size=1000
    ).upload_id


# Upload of a photo


def test_uploaded_photo_is_added_to_draft(
    maria: Actor, draft: Market, account: SessionAccount
) -> None:
    upload_id = arrived(maria, draft, images.phone_jpeg((3000, 2000)))
    (key,) = incoming(account, draft)
    assert key == f"incoming/{maria.id}/{draft.market_id}/{upload_id}"
    assert [upload.name for upload in waiting_uploads(maria, draft.key)] == ["IMG_1.jpg"]

    finished = finish_upload(maria, draft.key, upload_id)

    (photo,) = get_market(maria, draft.key).photos
    assert photo.key == finished.photo.key
    assert photo.widths == [480, 960, 1280]
    assert [
        request_anonymously(f"{settings.GARAGE.media_url}/{key}").status for key in photo.all_keys
    ] == [
        200,
        200,
        200,
    ]
    assert finished.added
    assert finished.market.version == draft.version + 1
    assert incoming(account, draft) == []
    assert waiting_uploads(maria, draft.key) == []


def test_uploaded_photo_is_not_added_to_approved_application(maria: Actor, city: City) -> None:
    market = factories.approved(maria, city)
    finished = finish_upload(maria, market.key, arrived(maria, market))
    assert not finished.added
    now = get_market(maria, market.key)
    assert (now.status, now.version, len(now.photos)) == (Status.APPROVED, market.version, 1)
    assert default_storage.exists(finished.photo.key)


def test_uploaded_photo_is_not_added_to_draft_submitted_meanwhile(maria: Actor, city: City) -> None:
    """Its merchant submitted it without this photo, and did not save it since."""
    draft = factories.draft(maria, city)
    upload_id = arrived(maria, draft)

    moments = iter([True])

    def submit(_request: AWSPreparedRequest) -> None:
        if next(moments, False):
            submit_market(maria, draft.key, expected_version=1)

    with intercepted("TransactWriteItems", submit):
        finished = finish_upload(maria, draft.key, upload_id)
    assert (finished.added, finished.market.status) == (False, Status.SUBMITTED)
    assert len(get_market(maria, draft.key).photos) == 1
    assert waiting_uploads(maria, draft.key) == []


def test_second_finish_changes_nothing(maria: Actor, draft: Market) -> None:
    first, second = arrived(maria, draft), arrived(maria, draft)
    finish_upload(maria, draft.key, first)
    with pytest.raises(NotFound, match="finished, discarded or expired"):
        finish_upload(maria, draft.key, first)
    # The same picture, sent twice, is there once.
    assert not finish_upload(maria, draft.key, second).added
    assert len(get_market(maria, draft.key).photos) == 1


def test_concurrent_finishes_keep_all_photos(maria: Actor, draft: Market) -> None:
    sizes = [(640, 480 + number) for number in range(4)]
    ids = [arrived(maria, draft, images.jpeg(size)) for size in sizes]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda upload_id: finish_upload(maria, draft.key, upload_id), ids))
    assert sorted(photo.height for photo in get_market(maria, draft.key).photos) == [
        480,
        481,
        482,
        483,
    ]


def test_upload_without_file_stays_unfinished(maria: Actor, draft: Market) -> None:
    upload_id = begin(maria, draft)
    with pytest.raises(NotArrived, match="did not arrive"):
        finish_upload(maria, draft.key, upload_id)
    assert len(waiting_uploads(maria, draft.key)) == 1


def test_ninth_photo_waits_for_free_place(maria: Actor, draft: Market) -> None:
    upload_id = arrived(maria, draft)
    photos = tuple(factories.photo(draft.market_id) for _ in range(MAX_PHOTOS))
    revise_market(maria, draft.key, expected_version=1, details={"photos": photos})
    with pytest.raises(TooManyPhotos, match="8 photos already"):
        begin(maria, draft)
    with pytest.raises(TooManyPhotos, match="8 photos already"):
        finish_upload(maria, draft.key, upload_id)
    revise_market(maria, draft.key, expected_version=2, details={"photos": photos[1:]})
    finish_upload(maria, draft.key, upload_id)
    assert len(get_market(maria, draft.key).photos) == MAX_PHOTOS


# The signed form


def test_signed_form_limits_key_type_and_size(
    maria: Actor, draft: Market, account: SessionAccount
) -> None:
    form = begin_upload(maria, draft.key, name="a.png", content_type="image/png", size=10).form
    content = images.png()
    key = form.fields["key"]
    for changed in (
        {"key": key.replace(maria.id, "somebody-else")},
        {"key": key + "x"},
        {"key": "public/markets/defaced.webp"},
        {"Content-Type": "image/svg+xml"},
        {"Content-Type": "text/html"},
        {"success_action_status": "200"},
        {"policy": form.fields["policy"][:-8] + "AAAAAAA="},
        {"x-amz-signature": "0" * 64},
        {"acl": "public-read"},
    ):
        assert send(form, content, fields=changed).status == 403, changed
    large = send(form, content + bytes(MAX_UPLOAD_BYTES + 1 - len(content)))
    assert (large.status, "EntityTooLarge" in large.text) == (400, True)
    assert send(form, b"").status == 400
    assert incoming(account, draft) == []
    assert send(form, content + bytes(MAX_UPLOAD_BYTES - len(content))).status == 201
    assert incoming(account, draft) == [key]


def test_expired_signed_form_is_refused() -> None:
    storage = IncomingStorage()
    late = storage.sign_form("late/a", content_type="image/png", limit=10, seconds=-1)
    answer = send(late, b"123")
    assert (answer.status, "expired" in answer.text) == (403, True)
    assert FORM_SECONDS <= 3600


def test_incoming_files_are_not_public(maria: Actor, draft: Market) -> None:
    upload_id = arrived(maria, draft)
    bucket = settings.GARAGE.media_url.removesuffix("/public")
    url = f"{bucket}/incoming/{maria.id}/{draft.market_id}/{upload_id}"
    assert request_anonymously(url).status == 403
    assert request_anonymously(f"{bucket}/?prefix=incoming/{maria.id}/").status == 403
    assert request_anonymously(url, method="PUT", data=b"mine").status == 403


def test_signed_form_url_is_allowed_by_csp() -> None:
    """In a real account: the bucket's own name in its own region, as the policy of pages says."""
    program = (
        "import django; django.setup()\n"
        "from core.storage import IncomingStorage\n"
        "form = IncomingStorage().sign_form('a', content_type='b', limit=1, seconds=1)\n"
        "print(form.url)\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_ENDPOINT_URL")}
    ran = subprocess.run(  # noqa: S603 (this file names the program)
        [sys.executable, "-c", program],
        env={**environment, "DJANGO_SETTINGS_MODULE": "garage.settings"},
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    stage = settings.GARAGE
    origin = f"https://{stage.media_bucket}.s3.{stage.region}.amazonaws.com"
    assert ran.stdout.strip().rstrip("/") == origin
    policy: Any = settings.SECURE_CSP
    assert settings.MEDIA_ORIGIN in policy["connect-src"]


# Slots


def test_merchant_has_at_most_ten_unfinished_uploads(
    maria: Actor, draft: Market, city: City
) -> None:
    ids = [begin(maria, draft) for _ in range(SLOTS)]
    assert len(set(ids)) == SLOTS == 10
    elsewhere = factories.draft(maria, city, photos=())
    with pytest.raises(TooManyUploads, match="10 unfinished uploads"):
        begin(maria, elsewhere)
    assert waiting_uploads(maria, elsewhere.key) == []
    other = factories.merchant()
    begin(other, factories.draft(other, city))

    discard_upload(maria, draft.key, ids[3])
    discard_upload(maria, draft.key, ids[3])  # once more is no error
    begin(maria, elsewhere)
    with pytest.raises(TooManyUploads):
        begin(maria, draft)


def test_concurrent_begins_do_not_exceed_slots(maria: Actor, draft: Market) -> None:
    def attempt(_: int) -> bool:
        try:
            begin(maria, draft)
        except TooManyUploads:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(attempt, range(16))) == SLOTS
    assert len(waiting_uploads(maria, draft.key)) == SLOTS


def test_expired_upload_frees_its_slot(
    maria: Actor, draft: Market, account: SessionAccount
) -> None:
    now = clock.now()
    forgotten = arrived(maria, draft)
    for _ in range(SLOTS - 1):
        begin(maria, draft)
    with clock.freeze(now + timedelta(seconds=SLOT_SECONDS + 60)):
        assert waiting_uploads(maria, draft.key) == []
        begin(maria, draft)
        with pytest.raises(NotFound):
            finish_upload(maria, draft.key, forgotten)
    assert incoming(account, draft) == []  # nor does the file it left stay


def test_discarded_upload_is_deleted(maria: Actor, draft: Market, account: SessionAccount) -> None:
    discard_upload(maria, draft.key, arrived(maria, draft))
    assert incoming(account, draft) == []
    assert get_market(maria, draft.key).photos == []


# Permissions


def test_other_actors_cannot_use_uploads(maria: Actor, draft: Market, city: City) -> None:
    upload_id = arrived(maria, draft)
    for actor in (factories.merchant(), factories.officer(city.slug), Actor.visitor()):
        for attempt in (
            lambda actor: begin(actor, draft),
            lambda actor: finish_upload(actor, draft.key, upload_id),
            lambda actor: discard_upload(actor, draft.key, upload_id),
        ):
            with pytest.raises(NotFound):
                attempt(actor)
        assert waiting_uploads(actor, draft.key) == []
    assert len(waiting_uploads(maria, draft.key)) == 1


def test_upload_belongs_to_one_application(maria: Actor, draft: Market, city: City) -> None:
    other = factories.draft(maria, city, photos=())
    upload_id = arrived(maria, draft)
    with pytest.raises(NotFound):
        finish_upload(maria, other.key, upload_id)
    assert get_market(maria, other.key).photos == []


def test_withdrawn_application_accepts_no_uploads(maria: Actor, city: City) -> None:
    market = factories.submitted(maria, city)
    withdraw_market(maria, market.key, expected_version=2)
    with pytest.raises(InvalidTransition):
        begin(maria, market)
