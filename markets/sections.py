"""The sections of an application, in the order in which a merchant fills them in."""

import hashlib
import json
from dataclasses import dataclass

from django.db.models import TextChoices

from markets.details import REQUIRED
from markets.models import Market


class Progress(TextChoices):
    """How far a merchant has come with a section."""

    NOT_STARTED = "todo", "Not started"
    IN_PROGRESS = "doing", "In progress"
    DONE = "done", "Done"
    OPTIONAL = "optional", "Optional"


@dataclass(frozen=True)
class Section:
    """A section with its own page; `names` are its fields in MarketDetails."""

    slug: str
    title: str
    names: tuple[str, ...]

    def progress(self, market: Market) -> Progress:
        given = {name for name in self.names if getattr(market, name)}
        required = {name for name in self.names if name in REQUIRED}
        # A price of 0 is an answer.
        given |= {name for name in required if getattr(market, name) == 0}
        if not required:
            return Progress.DONE if given else Progress.OPTIONAL
        if not given:
            return Progress.NOT_STARTED
        described = all(photo.alt_text for photo in market.photos) or "photos" not in self.names
        return Progress.DONE if required <= given and described else Progress.IN_PROGRESS

    def fingerprint(self, market: Market) -> str:
        """Return a hash of the section's answers, to see whether they have changed."""
        answers = [str(getattr(market, name)) for name in self.names]
        return hashlib.sha256(json.dumps(answers).encode()).hexdigest()[:16]


SECTIONS = (
    Section("market", "The market", ("name", "category")),
    Section("goods", "Goods and price", ("description", "average_price")),
    Section("photos", "Photos", ("photos",)),
    Section(
        "stall",
        "What the stall needs",
        ("frontage_m", "power_kw", "needs_water", "uses_gas", "alcohol"),
    ),
    Section("merchant", "Who you are", ("legal_name", "contact_email", "phone", "language")),
)


def section_named(slug: str) -> Section:
    return next(section for section in SECTIONS if section.slug == slug)


def section_after(section: Section) -> Section | None:
    """Return the next section; None after the last."""
    following = SECTIONS[SECTIONS.index(section) + 1 :]
    return following[0] if following else None
