"""Private notes: what officers tell each other about a market, and the merchant never reads."""

from approvals.queries import get_market_for_review
from approvals.review.models import Note
from core import clock
from core.actors import Actor
from core.dynamodb import transaction
from core.errors import AlreadyExists, InvalidDetails
from markets.models import Market, MarketKey

NOTE_LENGTH = 2_000  # characters
ERASED = "(erased)"
"""The text of a note on a market whose merchant was forgotten."""


def add_note(actor: Actor, city_slug: str, key: MarketKey, *, note_id: str, text: str) -> Note:
    """Write a note on a market under an id drawn beforehand, so that sending twice makes one."""
    if not 0 < len(text.strip()) <= NOTE_LENGTH:
        raise InvalidDetails({"text": f"A note has 1 to {NOTE_LENGTH} characters."})
    market = get_market_for_review(actor, city_slug, key)
    note = Note(
        market.market_id,
        note_id,
        at=clock.now(),
        author_id=actor.id,
        author_name=actor.name or "An officer without a name",
        text=text,
    )
    with transaction() as write:
        write.save(
            note,
            condition=Note.note_id.does_not_exist(),
            conflict=AlreadyExists("This note is written already."),
        )
    return note


def erase_notes(market: Market) -> None:
    """Take the text out of a market's notes, since its merchant is being forgotten.

    That there was a note, whose and when, stays. Safe to do again; the caller has
    checked permission.
    """
    for note in notes_on(market):
        if note.text != ERASED:
            note.text = ERASED
            note.save(condition=Note.note_id.exists())


def notes_on(market: Market) -> list[Note]:
    """Return the notes on a market that was read for review, oldest first."""
    notes = Note.query(market.market_id, consistent_read=True)
    # By when they were sent; their ids tell when their pages were opened.
    return sorted(notes, key=lambda note: note.at)
