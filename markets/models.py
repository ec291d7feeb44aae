"""A market, as DynamoDB stores it. The names in bold in the docs are fixed here and in JSON."""

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext_noop
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
from core.text import fold


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
    """The languages in which Garage can write to a merchant."""

    EN = "en", "English"
    DE = "de", "Deutsch"
    RO = "ro", "Română"


class ReasonCode(TextChoices):
    """Why a city rejects an application: the criteria that it published with its call.

    Pages show the English labels; messages to merchants translate them by gettext.
    """

    NO_SPACE = "no_space", gettext_noop("No space left in this category")
    ASSORTMENT = "assortment", gettext_noop("The goods do not fit the market's theme")
    INCOMPLETE = "incomplete", gettext_noop("The application is incomplete")
    SAFETY = "safety", gettext_noop("Safety or hygiene requirements are not met")
    PAST_CONDUCT = "past_conduct", gettext_noop("Obligations from an earlier year were not met")
    OTHER = "other", gettext_noop("Another reason, given in the text")


class PhotoRole(TextChoices):
    """What a photo is for: the plan is for the city, the others are also for visitors."""

    FRONT = "front", "The front"
    NIGHT = "night", "At night"
    GOODS = "goods", "The goods"
    PLAN = "plan", "Plan of the stall"


class MarketKey(NamedTuple):
    user_id: str
    market_id: str


class Photo(MapAttribute[str, Any]):
    """A verified, re-encoded photo; `key` is its name in the photo bucket."""

    key = UnicodeAttribute()
    alt_text = UnicodeAttribute(attr_name="altText", default="")
    width = NumberAttribute()  # pixels
    height = NumberAttribute()
    sha256 = UnicodeAttribute()  # of the stored bytes, hexadecimal
    role = UnicodeAttribute(null=True)
    widths = ListAttribute(of=NumberAttribute, default=list)  # of the stored versions, pixels

    if TYPE_CHECKING:

        def __init__(self, **attributes: Any) -> None: ...

    @property
    def role_label(self) -> str:
        return PhotoRole(self.role).label if self.role else ""

    @property
    def all_keys(self) -> list[str]:
        """The names of all stored versions; `key` is the widest."""
        return [self.key_at(width) for width in cast("list[int]", self.widths)] or [self.key]

    def key_at(self, width: int) -> str:
        """Return the name of the version that is `width` pixels wide."""
        stem, dot, ending = self.key.rpartition(".")
        return self.key if width == self.width else f"{stem}-{width}{dot}{ending}"

    @property
    def url(self) -> str:
        # The same as the storage's `url()`, which would load boto3.
        return f"{settings.GARAGE.media_url}/{self.key}"

    @property
    def srcset(self) -> str:
        """All versions with their widths, from which the browser chooses."""
        base = settings.GARAGE.media_url
        widths = cast("list[int]", self.widths)
        return ", ".join(f"{base}/{self.key_at(width)} {width}w" for width in widths)


class ChangeRequest(MapAttribute[str, Any]):
    """A field that the city asks the merchant to change, by its name in JSON, and why."""

    field = UnicodeAttribute()
    message = UnicodeAttribute()

    if TYPE_CHECKING:

        def __init__(self, **attributes: Any) -> None: ...


class CityIndex(GlobalSecondaryIndex["Market"]):
    """The markets of one city, without drafts: by status, the oldest submission first."""

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
    """Finds a market's key by its id. A change to the market does not write to this index."""

    class Meta:
        index_name = "market"
        projection = KeysOnlyProjection()

    market_id = UnicodeAttribute(hash_key=True, attr_name="marketId")


class UnsubmittedIndex(GlobalSecondaryIndex["Market"]):
    """Markets that are in no queue, mostly drafts; the longest unchanged first."""

    class Meta:
        index_name = "unsubmitted"
        projection = KeysOnlyProjection()

    unsubmitted_in = UnicodeAttribute(hash_key=True, attr_name="unsubmittedIn")
    updated_at = UTCDateTimeAttribute(range_key=True, attr_name="updatedAt")


class Market(Table):
    """A merchant's application for a place on one city's Christmas market.

    Fields that a submission needs are optional here, because a draft may lack them.
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
    search_text = UnicodeAttribute(null=True, attr_name="searchText")  # `folded`

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
    history_hash = UnicodeAttribute(null=True, attr_name="historyHash")  # of the last record

    # When the personal data was erased, and whether some of it is still to be erased.
    erased_at = UTCDateTimeAttribute(null=True, attr_name="erasedAt")
    erasure_state = UnicodeAttribute(null=True, attr_name="erasureState")

    # The officer to whom it is assigned. Assigning makes no new version of the market.
    assignee = UnicodeAttribute(null=True)
    assignee_name = UnicodeAttribute(null=True, attr_name="assigneeName")

    @property
    def key(self) -> MarketKey:
        return MarketKey(self.user_id, self.market_id)

    @property
    def title(self) -> str:
        """The name, or a substitute for drafts without a name and for erased applications."""
        return self.name or ("(name erased)" if self.erased_at else "Untitled application")

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
        """The whole days since it was submitted."""
        return (clock.now() - self.submitted_at).days if self.submitted_at else 0

    def clear_decision(self) -> None:
        """Remove the decision from the market; it stays in the history."""
        self.decided_at = self.decided_by = self.reason_code = self.decision_text = None
        self.change_requests = []

    def enter(self, status: Status) -> None:
        """Set the status and all attributes that are derived from it and from the name."""
        self.status = status.value
        self.approved = status == Status.APPROVED
        self.search_text = fold(f"{self.name or ''} {self.reference}")
        self.queue_key = self.queue_key_in(status)
        self.unsubmitted_in = None if self.queue_key else self.city

    def queue_key_in(self, status: Status) -> str | None:
        """Return the sort key among the city's markets of a status; None for drafts."""
        if status == Status.DRAFT or not self.submitted_at:
            return None
        return f"{status.value}#{self.submitted_at.isoformat()}#{self.market_id}"


class Reference(Table):
    """Makes each short reference unique, and finds its market."""

    class Meta:
        table_name = table_name("references")

    reference = UnicodeAttribute(hash_key=True)
    user_id = UnicodeAttribute(attr_name="userId")
    market_id = UnicodeAttribute(attr_name="marketId")
