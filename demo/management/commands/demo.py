"""`manage.py demo`: fill an empty stage with a season, through the site's own operations."""

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
from demo.illustrations.drawings import draw_market
from demo.season import ANDREI, MARIA, OFFICERS, Stand, cities, stands
from demo.texts import APPEALS, NOTES, OFFICERS_NAMES, REJECTIONS, REPLIES, REQUESTS, DemoReply
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
    help = "Fill the stage with demo cities, markets and photos. Safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "people", nargs="+", metavar="EMAIL=SUB", help="the demo people's ids in the pool"
        )

    def handle(self, *, people: list[str], **_options: Any) -> None:
        subs = dict(person.partition("=")[::2] for person in people)
        if missing := {MARIA, ANDREI, *OFFICERS.values()} - subs.keys():
            raise CommandError(f"Whose ids are these? Missing: {', '.join(sorted(missing))}")
        operator = Actor.operator("demo")
        for city in cities(clock.now().date()):
            _register(operator, city)
        for reply in REPLIES:
            _keep(reply, subs)
        made = [apply_with(stand, subs) for stand in stands()]
        self.stdout.write(f"{made.count(True)} demo markets made, {made.count(False)} were there.")


def _register(operator: Actor, city: City) -> None:
    """Register a demo city, or move its call to where it is in the story."""
    city.appeal_notice = APPEALS[city.slug]
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


def apply_with(stand: Stand, subs: dict[str, str]) -> bool:
    """Lead one application to its status; False if it was begun before."""
    sub = subs.get(stand.merchant) or str(uuid5(NAMESPACE_DNS, stand.merchant))
    merchant = Actor.merchant(sub)
    key = MarketKey(sub, str(uuid5(NAMESPACE_DNS, f"{stand.city}.{stand.name}")))
    if _was_begun(merchant, key):
        return False
    began = clock.now() - timedelta(days=stand.days_ago, minutes=len(stand.name))
    with clock.freeze(began):
        try:
            create_draft(
                merchant,
                market_id=key.market_id,
                city_slug=stand.city,
                details=_details(stand, key.market_id),
            )
        except AlreadyExists:
            return False
        if stand.status != Status.DRAFT:
            submit_market(merchant, key, expected_version=1)
    with clock.freeze(min(began + timedelta(days=3), clock.now())):
        _conclude(stand, key, merchant, subs)
    return True


def _was_begun(merchant: Actor, key: MarketKey) -> bool:
    """Whether it is there, or was: moved to another account or erased, its history stays."""
    with suppress(NotFound):
        return bool(get_market(merchant, key))
    return any(HistoryRecord.query(key.market_id, limit=1, consistent_read=True))


def _conclude(stand: Stand, key: MarketKey, merchant: Actor, subs: dict[str, str]) -> None:
    officer = _officer(stand.city, subs)
    match stand.status:
        case Status.APPROVED:
            approve_market(officer, stand.city, key, expected_version=2)
        case Status.REJECTED:
            reject_market(
                officer,
                stand.city,
                key,
                expected_version=2,
                reason_code=ReasonCode.ASSORTMENT,
                text=REJECTIONS[stand.language],
            )
        case Status.WITHDRAWN:
            withdraw_market(merchant, key, expected_version=2)
    if note := NOTES.get(stand.name):
        note_id = str(uuid5(NAMESPACE_DNS, f"note.{stand.name}"))
        add_note(officer, stand.city, key, note_id=note_id, text=note)
    if request := REQUESTS.get(stand.name):
        asked = [(request.field, request.message)]
        request_changes(officer, stand.city, key, expected_version=2, requests=asked)
        if request.answer:
            goods = {"description": f"{stand.goods}\n{request.answer}"}
            revise_market(merchant, key, expected_version=3, details=goods)
            submit_market(merchant, key, expected_version=4)


def _officer(city_slug: str, subs: dict[str, str]) -> Actor:
    sub = subs.get(OFFICERS.get(city_slug, "")) or str(uuid5(NAMESPACE_DNS, city_slug))
    return Actor.officer(sub, frozenset({city_slug}), OFFICERS_NAMES.get(city_slug, ""))


def _keep(reply: DemoReply, subs: dict[str, str]) -> None:
    """Keep a reply, unless it was kept before."""
    with suppress(AlreadyExists):
        add_reply_template(
            _officer(reply.city, subs),
            reply.city,
            template_id=str(uuid5(NAMESPACE_DNS, f"reply.{reply.city}.{reply.title}")),
            language=reply.language,
            title=reply.title,
            occasion=reply.occasion,
            text=reply.text,
        )


def _details(stand: Stand, market_id: str) -> MarketDetails:
    photos = []
    for variant in range(stand.photos):
        drawing = draw_market(stand.name, stand.category, variant=variant)
        photo = store_photo(ContentFile(drawing, name="drawing.jpg"), market_id=market_id)
        view = ("The house from the front", "The house at night", "The goods")[variant]
        photo.alt_text = f"{view}: {stand.name}, a drawing"
        photo.role = (PhotoRole.FRONT, PhotoRole.NIGHT, PhotoRole.GOODS)[variant].value
        photos.append(photo)
    slug = stand.merchant.split("@")[0].lower().replace(" ", ".")
    is_person = "@" in stand.merchant
    return MarketDetails(
        name=stand.name,
        description=stand.goods,
        average_price=stand.price,
        category=stand.category.value,
        photos=tuple(photos),
        needs_water=stand.category in {"hot_drinks", "snacks"},
        uses_gas=stand.category == "snacks",
        alcohol=stand.category == "hot_drinks",
        legal_name=f"{slug.title()} Crafts" if is_person else stand.merchant,
        contact_email=stand.merchant if is_person else "desk@example.com",
        language=stand.language.value,
    )
