"""What pages read from a request beside forms: versions, sizes, and the ids of what is new."""

from django.core import signing
from uuid6 import uuid7

from core.actors import Actor

LONGEST_NUMBER = 9  # digits; more is nothing that a page of ours has sent


def parse_number(text: str | None) -> int:
    """Return the whole number that a field holds; 0 for anything else."""
    known = text and text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
    return int(text) if text and known else 0


def parse_version(text: str | None) -> int:
    """Return the version that a form shows; 0, which no item has, for anything else."""
    return parse_number(text)


def sign_new_id(actor: Actor, purpose: str) -> str:
    """Return a new id, signed for its page: a form with it that is sent twice makes one item."""
    return signing.dumps(str(uuid7()), salt=f"{purpose}:{actor.id}")


def verify_new_id(actor: Actor, purpose: str, signed: str) -> str | None:
    """Return the id that was signed for this person and purpose; None for anything else."""
    try:
        new_id: str = signing.loads(signed, salt=f"{purpose}:{actor.id}")
    except signing.BadSignature:
        return None
    return new_id
