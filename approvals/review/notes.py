"""Private notes on an application: officers of the city read them, the merchant never does."""

from approvals.queries import get_market_for_review
from approvals.review.models import Note
from core import clock
from core.actors import Actor
from core.dynamodb import once, transaction
from core.errors import AlreadyExists, InvalidDetails, InvalidTransition
from identity.officers.models import UNNAMED
from markets.models import Market, MarketKey

NOTE_LENGTH = 2_000  # characters
ERASED = "(erased)"
"""The text of a note after the merchant's personal data was erased."""


def add_note(actor: Actor, city_slug: str, key: MarketKey, *, note_id: str, text: str) -> Note:
    """Save a note under an id that its form had, once if that is sent twice.

    Raises AlreadyExists if the form was sent before with another text.
    """
    if not 0 < len(text.strip()) <= NOTE_LENGTH:
        raise InvalidDetails({"text": f"A note must have 1 to {NOTE_LENGTH} characters."})
    market = get_market_for_review(actor, city_slug, key)
    note = Note(
        market.market_id,
        note_id,
        at=clock.now(),
        author_id=actor.id,
        author_name=actor.name or UNNAMED,
        text=text,
    )

    def save() -> Note:
        _save(market, note)
        return note

    return once(save, lambda: _find_same(note))


def _find_same(note: Note) -> Note | None:
    """Return the stored note with this id if author and text are the same too."""
    for stored in Note.query(note.market_id, Note.note_id == note.note_id, consistent_read=True):
        if (stored.author_id, stored.text) == (note.author_id, note.text):
            return stored
    return None


def _save(market: Market, note: Note) -> None:
    with transaction() as write:
        # An erasure that begins meanwhile would not find this note.
        write.check(
            Market,
            *market.key,
            condition=Market.market_id.exists() & Market.erased_at.does_not_exist(),
            conflict=InvalidTransition(
                f"{market.reference} is erased, or belongs to another account now,"
                " so the note was not saved."
            ),
        )
        write.save(
            note,
            condition=Note.note_id.does_not_exist(),
            conflict=AlreadyExists(
                "This note was saved already, with another text. Send it again to save this text"
                " as a second note."
            ),
        )


def erase_notes(market: Market, *, dry_run: bool = False) -> int:
    """Erase the text of an application's notes; their authors and times stay.

    Return how many notes had a text. The caller has checked permission. Safe to repeat.
    """
    notes = [note for note in notes_on(market) if note.text != ERASED]
    for note in [] if dry_run else notes:
        note.text = ERASED
        note.save(condition=Note.note_id.exists())
    return len(notes)


def notes_on(market: Market) -> list[Note]:
    """Return the notes on an application that was read with permission, oldest first."""
    notes = Note.query(market.market_id, consistent_read=True)
    # Not by id: that has the time when the form was opened.
    return sorted(notes, key=lambda note: note.at)
