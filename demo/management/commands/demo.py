"""`manage.py demo`: fill an empty stage with sample data, by the site's own operations."""

from argparse import ArgumentParser
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand, CommandError

from approvals.reply_templates.operations import add_reply_template
from approvals.review.notes import add_note
from approvals.review.operations import approve_market, reject_market, request_changes
from core import clock
from core.actors import Actor
from core.errors import AlreadyExists, NotFound
from demo.illustrations.photos import draw_photo
from demo.sample_applications import (
    ANDREI,
    MARIA,
    OFFICERS,
    SampleApplication,
    load_applications,
    sample_cities,
)
from demo.texts import (
    APPEAL_NOTICES,
    CHANGE_REQUESTS,
    NOTES,
    OFFICER_NAMES,
    REJECTIONS,
    REPLY_TEMPLATES,
    SampleReplyTemplate,
)
from markets.cities.models import City
from markets.cities.operations import save_city
from markets.cities.queries import get_city
from markets.details import MarketDetails
from markets.history.models import HistoryRecord
from markets.images.storage import store_photo
from markets.models import MarketKey, PhotoRole, ReasonCode, Status
from markets.operations import create_draft, revise_market, submit_market, withdraw_market
from markets.queries import get_market


class Command(BaseCommand):
    help = "Fills the stage with sample cities, applications and photos. Safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "users", nargs="+", metavar="EMAIL=SUB", help="ids of the demo users in the user pool"
        )

    def handle(self, *, users: list[str], **_options: Any) -> None:
        subs = dict(user.partition("=")[::2] for user in users)
        if missing := {MARIA, ANDREI, *OFFICERS.values()} - subs.keys():
            raise CommandError(f"No id was given for: {', '.join(sorted(missing))}")
        operator = Actor.operator("demo")
        for city in sample_cities(clock.now().date()):
            _register(operator, city)
        for template in REPLY_TEMPLATES:
            _add_template(template, subs)
        results = [create_application(application, subs) for application in load_applications()]
        self.stdout.write(
            f"{results.count(True)} applications created, {results.count(False)} existed already."
        )


def _register(operator: Actor, city: City) -> None:
    """Register a sample city, or move the days of its call to today's."""
    city.appeal_notice = APPEAL_NOTICES[city.slug]
    try:
        registered = get_city(city.slug)
    except NotFound:
        save_city(operator, city)
        return
    if registered.call_state != city.call_state or not registered.appeal_notice:
        registered.opens, registered.closes = city.opens, city.closes
        registered.decide_by, registered.place = city.decide_by, city.place
        registered.market_days_open = city.market_days_open
        registered.market_days_close = city.market_days_close
        registered.appeal_notice = city.appeal_notice
        save_city(operator, registered)


def create_application(application: SampleApplication, subs: dict[str, str]) -> bool:
    """Create one application and bring it to its status; False if it exists or existed."""
    sub = subs.get(application.merchant) or str(uuid5(NAMESPACE_DNS, application.merchant))
    merchant = Actor.merchant(sub)
    key = MarketKey(sub, str(uuid5(NAMESPACE_DNS, f"{application.city}.{application.name}")))
    if _exists(merchant, key):
        return False
    created = clock.now() - timedelta(days=application.days_ago, minutes=len(application.name))
    with clock.freeze(created):
        try:
            create_draft(
                merchant,
                market_id=key.market_id,
                city_slug=application.city,
                details=_details(application, key.market_id),
            )
        except AlreadyExists:
            return False
        if application.status != Status.DRAFT:
            submit_market(merchant, key, expected_version=1)
    with clock.freeze(min(created + timedelta(days=3), clock.now())):
        _decide(application, key, merchant, subs)
    return True


def _exists(merchant: Actor, key: MarketKey) -> bool:
    """Whether it exists, or existed: after a transfer or an erasure its history stays."""
    with suppress(NotFound):
        return bool(get_market(merchant, key))
    return any(HistoryRecord.query(key.market_id, limit=1, consistent_read=True))


def _decide(
    application: SampleApplication, key: MarketKey, merchant: Actor, subs: dict[str, str]
) -> None:
    officer = _officer(application.city, subs)
    match application.status:
        case Status.APPROVED:
            approve_market(officer, application.city, key, expected_version=2)
        case Status.REJECTED:
            reject_market(
                officer,
                application.city,
                key,
                expected_version=2,
                reason_code=ReasonCode.ASSORTMENT,
                text=REJECTIONS[application.language],
            )
        case Status.WITHDRAWN:
            withdraw_market(merchant, key, expected_version=2)
    if note := NOTES.get(application.name):
        note_id = str(uuid5(NAMESPACE_DNS, f"note.{application.name}"))
        add_note(officer, application.city, key, note_id=note_id, text=note)
    if request := CHANGE_REQUESTS.get(application.name):
        asked = [(request.field, request.message)]
        request_changes(officer, application.city, key, expected_version=2, requests=asked)
        if request.answer:
            goods = {"description": f"{application.goods}\n{request.answer}"}
            revise_market(merchant, key, expected_version=3, details=goods)
            submit_market(merchant, key, expected_version=4)


def _officer(city_slug: str, subs: dict[str, str]) -> Actor:
    sub = subs.get(OFFICERS.get(city_slug, "")) or str(uuid5(NAMESPACE_DNS, city_slug))
    return Actor.officer(sub, frozenset({city_slug}), OFFICER_NAMES.get(city_slug, ""))


def _add_template(template: SampleReplyTemplate, subs: dict[str, str]) -> None:
    """Add a reply template, unless it exists."""
    with suppress(AlreadyExists):
        add_reply_template(
            _officer(template.city, subs),
            template.city,
            template_id=str(uuid5(NAMESPACE_DNS, f"reply.{template.city}.{template.title}")),
            language=template.language,
            title=template.title,
            occasion=template.occasion,
            text=template.text,
        )


def _details(application: SampleApplication, market_id: str) -> MarketDetails:
    photos = []
    for variant in range(application.photos):
        drawing = draw_photo(application.name, application.category, variant=variant)
        photo = store_photo(ContentFile(drawing, name="drawing.jpg"), market_id=market_id)
        view = ("The stall from the front", "The stall at night", "The goods")[variant]
        photo.alt_text = f"{view}: {application.name}, a drawing"
        photo.role = (PhotoRole.FRONT, PhotoRole.NIGHT, PhotoRole.GOODS)[variant].value
        photos.append(photo)
    slug = application.merchant.split("@")[0].lower().replace(" ", ".")
    is_person = "@" in application.merchant
    return MarketDetails(
        name=application.name,
        description=application.goods,
        average_price=application.price,
        category=application.category.value,
        photos=tuple(photos),
        needs_water=application.category in {"hot_drinks", "snacks"},
        uses_gas=application.category == "snacks",
        alcohol=application.category == "hot_drinks",
        legal_name=f"{slug.title()} Crafts" if is_person else application.merchant,
        contact_email=application.merchant if is_person else "office@example.com",
        language=application.language.value,
    )
