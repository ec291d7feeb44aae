"""Forms that were sent after their session had ended: stored for their author.

A page that is worth it carries `sign_author(person, path)` in a hidden input named
AUTHOR_SIGNATURE. When its form arrives without a session, or with a CSRF token that is
no longer valid (the author signed in again in another tab), its fields are stored
under the person and path that were signed. After sign-in the page shows them again:
to this person only. See docs/decisions/0005-unsaved-forms.md.
"""

import json
from datetime import timedelta

from django.core import signing
from django.http import HttpRequest

from core import clock
from core.closed_accounts.operations import AccountClosed, require_open
from core.dynamodb import as_domain_error, transaction
from core.forms import CSRF_TOKEN
from core.unsaved.models import UnsavedForm

AUTHOR_SIGNATURE = "author_signature"
LIFETIME = timedelta(days=7)
PAGE_LIFETIME = timedelta(days=31)  # no page stays open longer than a session lasts
MAX_BYTES = 200_000  # far more than any form accepts; a DynamoDB item may have 400 KB
NOT_STORED = {AUTHOR_SIGNATURE, CSRF_TOKEN}


def sign_author(person: str, path: str) -> str:
    """Return what a page at `path` carries to say who fills it in."""
    return signing.dumps(person, salt=f"{AUTHOR_SIGNATURE}:{path}")


def author_of(request: HttpRequest) -> str | None:
    """Return who filled in the form of a request, by its signature; None without one."""
    try:
        author: str = signing.loads(
            request.POST.get(AUTHOR_SIGNATURE, ""),
            salt=f"{AUTHOR_SIGNATURE}:{request.path}",
            max_age=PAGE_LIFETIME,
        )
    except signing.BadSignature:
        return None
    return author


def save(author: str, request: HttpRequest) -> bool:
    """Store the form of a request for its author; False if that is not possible.

    That is if the form is too long, if the account is deleted, or if AWS does not answer.
    """
    fields = {name: values for name, values in request.POST.lists() if name not in NOT_STORED}
    if len(json.dumps(fields, ensure_ascii=False).encode()) > MAX_BYTES:
        return False
    now = clock.now()
    form = UnsavedForm(
        author, request.path, fields=fields, created_at=now, expires_at=now + LIFETIME
    )
    try:
        with transaction() as write:
            require_open(write, author)
            write.save(form)  # it replaces what was stored at this path before
    except AccountClosed:
        return False
    except Exception as fault:
        if as_domain_error(fault) is None:
            raise
        return False
    return True


def get(person: str, path: str) -> UnsavedForm | None:
    """Return what a person could not save at `path`, unless it has expired."""
    try:
        form = UnsavedForm.get(person, path, consistent_read=True)
    except UnsavedForm.DoesNotExist:
        return None
    return form if form.expires_at > clock.now() else None


def delete(person: str, path: str) -> None:
    """Delete what was stored, once it is saved or discarded; none is no error."""
    UnsavedForm(person, path).delete()


def list_forms(person: str) -> list[UnsavedForm]:
    """Return all stored forms of a person."""
    return list(UnsavedForm.query(person, consistent_read=True))


def delete_all(person: str) -> int:
    """Delete all stored forms of a person; return how many there were."""
    forms = list_forms(person)
    for form in forms:
        form.delete()
    return len(forms)
