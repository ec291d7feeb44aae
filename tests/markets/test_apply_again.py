from dataclasses import replace
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from core.errors import (
    NotFound,
)
from markets.details import MarketDetails
from markets.images.storage import store_photo
from markets.models import Status
from markets.operations import (
    apply_again,
    create_draft,
    delete_draft,
)
from tests import factories, images


def test_apply_again_copies_details_and_photo_files() -> None:
    actor, last_year, city = factories.merchant(), factories.make_city(), factories.make_city()
    market_id = str(uuid4())
    stored = store_photo(ContentFile(images.jpeg()), market_id=market_id)
    stored.alt_text = "The stall at night"
    lost = factories.photo(market_id)  # recorded, but no longer in the bucket
    old = create_draft(
        actor,
        market_id=market_id,
        city_slug=last_year.slug,
        details=factories.details(market_id, photos=(stored, lost), phone="+40 268 413 000"),
    )
    new_id = str(uuid4())
    new = apply_again(actor, old.key, market_id=new_id, city_slug=city.slug)
    assert (new.status, new.city, new.version) == (Status.DRAFT, city.slug, 1)
    assert new.reference != old.reference
    (photo,) = new.photos
    assert photo.key.startswith(f"markets/{new_id}/")
    assert (photo.alt_text, photo.sha256) == ("The stall at night", stored.sha256)
    assert MarketDetails.of(new) == replace(MarketDetails.of(old), photos=(photo,))
    delete_draft(actor, old.key, expected_version=1)
    assert all(default_storage.exists(name) for name in photo.all_keys)
    assert not any(default_storage.exists(name) for name in stored.all_keys)


def test_apply_again_omits_price_in_other_currency() -> None:
    actor = factories.merchant()
    old = factories.draft(actor, factories.make_city(currency="EUR"), photos=())
    elsewhere = factories.make_city(currency="RON")
    new = apply_again(actor, old.key, market_id=str(uuid4()), city_slug=elsewhere.slug)
    assert new.average_price is None
    assert new.name == old.name


def test_apply_again_needs_own_application() -> None:
    city = factories.make_city()
    market = factories.approved(factories.merchant(), city)
    with pytest.raises(NotFound):
        apply_again(factories.merchant(), market.key, market_id=str(uuid4()), city_slug=city.slug)
