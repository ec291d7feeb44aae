import json
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command

from core import clock
from core.actors import Actor
from core.errors import NotAllowed
from markets.cities.models import City
from markets.images.storage import publish_photo
from markets.models import Photo
from markets.operations import delete_draft, revise_market
from markets.photos.orphaned_photos import MIN_AGE, delete_orphaned_photos
from tests import factories, images
from tests.factories import OPERATOR

LATER = MIN_AGE + timedelta(hours=1)


def publish_photo_of(market_id: str, height: int = 480) -> Photo:
    """Publish a photo, in two widths; each height is another picture."""
    photo = publish_photo(images.jpeg((640, height)), market_id=market_id)
    photo.alt_text = "A stall"
    return photo


def delete_orphans_of(market_id: str) -> list[str]:
    """Delete the orphaned photos of one market, a day later; leave those of other tests."""
    with clock.freeze(clock.now() + LATER):
        return list(delete_orphaned_photos(OPERATOR, market_id=market_id))


def test_photo_removed_from_draft_is_deleted(maria: Actor, city: City) -> None:
    draft = factories.draft(maria, city, photos=())
    retained, removed = publish_photo_of(draft.market_id), publish_photo_of(draft.market_id, 500)
    revise_market(maria, draft.key, expected_version=1, details={"photos": (retained, removed)})
    assert delete_orphans_of(draft.market_id) == []
    revise_market(maria, draft.key, expected_version=2, details={"photos": (retained,)})
    assert sorted(delete_orphans_of(draft.market_id)) == sorted(removed.all_keys)
    assert [default_storage.exists(name) for name in removed.all_keys] == [False, False]
    assert [default_storage.exists(name) for name in retained.all_keys] == [True, True]
    assert delete_orphans_of(draft.market_id) == []


def test_photo_named_in_history_is_not_deleted(maria: Actor, city: City) -> None:
    market = factories.submitted(maria, city)
    first, second = publish_photo_of(market.market_id), publish_photo_of(market.market_id, 500)
    revise_market(maria, market.key, expected_version=2, details={"photos": (first,)})
    revise_market(maria, market.key, expected_version=3, details={"photos": (second,)})
    assert delete_orphans_of(market.market_id) == []


def test_photo_younger_than_one_day_is_not_deleted(maria: Actor, city: City) -> None:
    draft = factories.draft(maria, city, photos=())
    photo = publish_photo_of(draft.market_id)
    assert not set(photo.all_keys) & set(delete_orphaned_photos(OPERATOR, dry_run=True))
    with clock.freeze(clock.now() + LATER):
        assert set(photo.all_keys) <= set(delete_orphaned_photos(OPERATOR, dry_run=True))


def test_photo_without_market_is_deleted(maria: Actor, city: City) -> None:
    nowhere = str(uuid4())
    photo = publish_photo_of(nowhere)
    draft = factories.draft(maria, city, photos=())
    left = publish_photo_of(draft.market_id)
    revise_market(maria, draft.key, expected_version=1, details={"photos": (left,)})
    delete_draft(maria, draft.key, expected_version=2)
    assert delete_orphans_of(nowhere) == sorted(photo.all_keys)
    assert delete_orphans_of(draft.market_id) == []  # deleting a draft takes its photos along
    lost = publish_photo_of(draft.market_id, 500)  # but for one that was being added
    assert delete_orphans_of(draft.market_id) == sorted(lost.all_keys)
    assert not default_storage.exists(left.key)


def test_other_objects_are_not_deleted() -> None:
    name = f"markets/{uuid4()}/notes.txt"
    default_storage.save(name, ContentFile(b"not ours to delete"))
    assert delete_orphans_of(name.split("/")[1]) == []
    assert default_storage.exists(name)


def test_only_operators_delete_orphaned_photos(maria: Actor) -> None:
    with pytest.raises(NotAllowed):
        list(delete_orphaned_photos(maria, dry_run=True))


def test_command_reports_dry_run_and_deletes() -> None:
    nowhere = str(uuid4())
    photo = publish_photo_of(nowhere)
    with clock.freeze(clock.now() + LATER):
        output = StringIO()
        call_command("delete_orphaned_photos", market=nowhere, dry_run=True, stdout=output)
        assert set(photo.all_keys) < set(output.getvalue().splitlines())
        assert output.getvalue().splitlines()[-1].endswith("would be deleted.")
        assert default_storage.exists(photo.key)
        output = StringIO()
        call_command("delete_orphaned_photos", market=nowhere, json=True, stdout=output)
        lines = [json.loads(line) for line in output.getvalue().splitlines()]
        assert {"photo": photo.key, "deleted": True} in lines
        output = StringIO()
        call_command("delete_orphaned_photos", market=nowhere, stdout=output)
        assert output.getvalue().splitlines()[-1] == "0 deleted."
