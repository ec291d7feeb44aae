"""What a market is, as DynamoDB keeps it. Names in bold in the docs are fixed there and in JSON."""

from typing import TYPE_CHECKING, Any, NamedTuple, cast
from unicodedata import combining, normalize

from django.conf import settings
from django.db.models import TextChoices
from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
    VersionAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from core import clock
from core.dynamodb import HundredthsAttribute, Table, table_name


class Status(TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    CHANGES_REQUESTED = "changes_requested", "Changes requested"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Category(TextChoices):
    CRAFTS = "crafts", "Crafts"
    EVERYDAY_GOODS = "everyday_goods", "Everyday goods"
    SWEETS = "sweets", "Sweets"
    SNACKS = "snacks", "Snacks"
    HOT_DRINKS = "hot_drinks", "Hot drinks"
    RIDES = "rides", "Rides"
    CHARITY = "charity", "Charity"


class Language(TextChoices):
    """The languages in which Garage writes to a merchant."""

    EN = "en", "English"
    DE = "de", "Deutsch"
    RO = "ro", "Română"


class ReasonCode(TextChoices):
    """Why a city rejects; a city decides by criteria that it published beforehand."""

    NO_SPACE = "no_space", "No space left in this category"
    ASSORTMENT = "assortment", "The goods do not fit the market's theme"
    INCOMPLETE = "incomplete", "The application is incomplete"
    SAFETY = "safety", "Safety or hygiene requirements are not met"
    PAST_CONDUCT = "past_conduct", "Obligations from an earlier year were not met"
    OTHER = "other", "Another reason, given in the text"


class PhotoRole(TextChoices):
    """What a photo is for; a city looks for the plan, visitors for the house."""

    FRONT = "front", "The front"
    NIGHT = "night", "At night"
    GOODS = "goods", "The goods"
    PLAN = "plan", "Plan of the house"


def folded(text: str) -> str:
    """Return text as it is searched for: without capitals, accents and needless spaces."""
    letters = normalize("NFKD", text)
    return " ".join("".join(c for c in letters if not combining(c)).casefold().split())


class MarketKey(NamedTuple):
    user_id: str
    market_id: str


class Photo(MapAttribute[str, Any]):
    """A verified, re-encoded photo; `key` is its name in the photo storage."""

    key = UnicodeAttribute()
    alt_text = UnicodeAttribute(attr_name="altText", default="")
    width = NumberAttribute()  # pixels
    height = NumberAttribute()
    sha256 = UnicodeAttribute()  # of the stored bytes, hexadecimal
    role = UnicodeAttribute(null=True)
    widths = ListAttribute(of=NumberAttribute, default=list)  # it is stored in, pixels

    if TYPE_CHECKING:

        def __init__(self, **attributes: Any) -> None: ...

    @property
    def role_label(self) -> str:
        return PhotoRole(self.role).label if self.role else ""

    @property
    def all_keys(self) -> list[str]:
        """The names of all its versions; `key` is the widest."""
        return [self.key_at(width) for width in cast("list[int]", self.widths)] or [self.key]

    def key_at(self, width: int) -> str:
        """Return the name of the version that is `width` pixels wide."""
        stem, dot, ending = self.key.rpartition(".")
        return self.key if width == self.width else f"{stem}-{width}{dot}{ending}"

    @property
    def url(self) -> str:
        # As the storage would say; but naming a photo must not load boto3.
        return f"{settings.GARAGE.media_url}/{self.key}"

    @property
    def srcset(self) -> str:
        """All versions with their widths, for a browser to choose from."""
        base = settings.GARAGE.media_url
        widths = cast("list[int]", self.widths)
        return ", ".join(f"{base}/{self.key_at(width)} {width}w" for width in widths)


class ChangeRequest(MapAttribute[str, Any]):
    """What the city asks the merchant to change: a field, by its name in JSON, and why."""

    field = UnicodeAttribute()
    message = UnicodeAttribute()

    if TYPE_CHECKING:

        def __init__(self, **attributes: Any) -> None: ...


class CityIndex(GlobalSecondaryIndex["Market"]):
    """The markets of one city, each status's oldest submission first; without drafts."""

    class Meta:
        index_name = "city"
        projection = IncludeProjection(
            [
                "reference",
                "marketName",
                "category",
                "status",
                "version",
                "submittedAt",
                "assignee",
                "assigneeName",
                "searchText",
                "decidedAt",
            ]
        )

    city = UnicodeAttribute(hash_key=True)
    queue_key = UnicodeAttribute(range_key=True, attr_name="queueKey")


class MarketIndex(GlobalSecondaryIndex["Market"]):
    """The key of a market whose id alone is known. Written once: no change touches it."""

    class Meta:
        index_name = "market"
        projection = KeysOnlyProjection()

    market_id = UnicodeAttribute(hash_key=True, attr_name="marketId")


class UnsubmittedIndex(GlobalSecondaryIndex["Market"]):
    """What no queue of a city has: drafts, mostly; the longest untouched first."""

    class Meta:
        index_name = "unsubmitted"
        projection = KeysOnlyProjection()

    unsubmitted_in = UnicodeAttribute(hash_key=True, attr_name="unsubmittedIn")
    updated_at = UTCDateTimeAttribute(range_key=True, attr_name="updatedAt")


class Market(Table):
    """A merchant's application for a place on one city's Christmas market.

    What is required to submit is optional here: a draft may lack it.
    """

    class Meta:
        table_name = table_name("markets")

    by_city = CityIndex()
    by_id = MarketIndex()
    unsubmitted = UnsubmittedIndex()

    user_id = UnicodeAttribute(hash_key=True, attr_name="userId")
    market_id = UnicodeAttribute(range_key=True, attr_name="marketId")
    version = VersionAttribute()
    reference = UnicodeAttribute()
    city = UnicodeAttribute()
    queue_key = UnicodeAttribute(null=True, attr_name="queueKey")
    unsubmitted_in = UnicodeAttribute(null=True, attr_name="unsubmittedIn")  # the city's slug
    search_text = UnicodeAttribute(null=True, attr_name="searchText")  # name, reference; folded

    name = UnicodeAttribute(null=True, attr_name="marketName")
    description = UnicodeAttribute(null=True, attr_name="marketDescription")
    average_price = HundredthsAttribute(null=True, attr_name="marketAveragePrice")
    category = UnicodeAttribute(null=True)
    photos = ListAttribute(of=Photo, default=list)
    frontage_m = HundredthsAttribute(null=True, attr_name="frontageM")
    power_kw = HundredthsAttribute(null=True, attr_name="powerKw")
    needs_water = BooleanAttribute(default=False, attr_name="needsWater")
    uses_gas = BooleanAttribute(default=False, attr_name="usesGas")
    alcohol = BooleanAttribute(default=False)
    legal_name = UnicodeAttribute(null=True, attr_name="legalName")
    contact_email = UnicodeAttribute(null=True, attr_name="contactEmail")
    phone = UnicodeAttribute(null=True)
    language = UnicodeAttribute(null=True)

    status = UnicodeAttribute()
    approved = BooleanAttribute(attr_name="marketApproved")
    created_at = UTCDateTimeAttribute(attr_name="createdAt")
    updated_at = UTCDateTimeAttribute(attr_name="updatedAt")
    submitted_at = UTCDateTimeAttribute(null=True, attr_name="submittedAt")
    decided_at = UTCDateTimeAttribute(null=True, attr_name="decidedAt")
    decided_by = UnicodeAttribute(null=True, attr_name="decidedBy")
    reason_code = UnicodeAttribute(null=True, attr_name="reasonCode")
    decision_text = UnicodeAttribute(null=True, attr_name="decisionText")
    change_requests = ListAttribute(of=ChangeRequest, default=list, attr_name="changeRequests")
    history_hash = UnicodeAttribute(null=True, attr_name="historyHash")  # of its last record

    # Since when it tells of no person any more, and whether traces are still about.
    erased_at = UTCDateTimeAttribute(null=True, attr_name="erasedAt")
    erasure_state = UnicodeAttribute(null=True, attr_name="erasureState")

    # Whose desk it is on: no version of the market, as the merchant's text is the same.
    assignee = UnicodeAttribute(null=True)
    assignee_name = UnicodeAttribute(null=True, attr_name="assigneeName")

    @property
    def key(self) -> MarketKey:
        return MarketKey(self.user_id, self.market_id)

    @property
    def title(self) -> str:
        """What people call it: drafts may have no name yet, and the erased have none any more."""
        return self.name or ("(name erased)" if self.erased_at else "Untitled market")

    @property
    def status_label(self) -> str:
        return Status(self.status).label

    @property
    def category_label(self) -> str:
        return Category(self.category).label if self.category else ""

    @property
    def language_label(self) -> str:
        return Language(self.language).label if self.language else ""

    @property
    def reason_label(self) -> str:
        return ReasonCode(self.reason_code).label if self.reason_code else ""

    @property
    def waiting_days(self) -> int:
        """The whole days since it was handed in."""
        return (clock.now() - self.submitted_at).days if self.submitted_at else 0

    def forget_decision(self) -> None:
        """Leave it undecided, as when it is submitted anew; the history does not forget."""
        self.decided_at = self.decided_by = self.reason_code = self.decision_text = None
        self.change_requests = []

    def enter(self, status: Status) -> None:
        """Take a status, and with it all that is derived from it and from the name."""
        self.status = status.value
        self.approved = status == Status.APPROVED
        self.search_text = folded(f"{self.name or ''} {self.reference}")
        self.queue_key = self.queue_key_in(status)
        self.unsubmitted_in = None if self.queue_key else self.city

    def queue_key_in(self, status: Status) -> str | None:
        """Return its place among the markets of a status: drafts have none."""
        if status == Status.DRAFT or not self.submitted_at:
            return None
        return f"{status.value}#{self.submitted_at.isoformat()}#{self.market_id}"


class Reference(Table):
    """Holds each short reference once, and tells whose it is."""

    class Meta:
        table_name = table_name("references")

    reference = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute(attr_name="userId")
    market_id = UnicodeAttribute(attr_name="marketId")


# Crockford's alphabet: nothing in it reads like something else.
REFERENCE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
