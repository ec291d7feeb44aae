"""Who may do what: every address, every kind of actor, as one table.

The walk in tests/test_permissions.py holds the site to it, and every address to
having its lines here; the documentation shows it.
"""

from collections.abc import Mapping

ACTORS: Mapping[str, str] = {
    "visitor": "somebody who has not signed in",
    "machine": "a program with a token of its own, at the pages",
    "owner": "the merchant whose market the address names",
    "merchant": "another merchant",
    "officer": "an officer of the city that the address names",
    "elsewhere": "an officer of another city",
    "powerless": "somebody at the officers' door without any city",
}
"""In the order of the table's columns."""

OUTCOMES: Mapping[str, str] = {
    "a": "admitted; what they send is judged by itself",
    "m": "led to the merchants' door",
    "h": "led to the city hall's door",
    "f": "refused: 403",
    "n": "not found: 404, as if it did not exist",
    "x": "no such method: 405",
}

EVERYBODY = "a a a a a a a"
NOBODY = "x x x x x x x"

# Whoever sends a form without being signed in is told so (403), and offered the
# door and what they typed (core.unsaved.operations).
SIGNED_IN = "m m a a a a a"
SIGNED_IN_SEND = "f f a a a a a"
SIGNED_IN_NO_FORM = "f f x x x x x"

# The merchants' pages.
MERCHANTS = "m m a a f f f"
MERCHANTS_SEND = "f f a a f f f"
MERCHANTS_NO_PAGE = "m m x x x x x"
OWNER = "m m a n f f f"
OWNER_SENDS = "f f a n f f f"

# The city hall's pages: to all but its own officers, a city has no desk.
OFFICERS = "h h f f a a f"
OFFICER = "h h n n a n n"
OFFICER_SENDS = "f f n n a n n"
OFFICER_NO_PAGE = "h h x x x x x"
NO_FORM = "f f x x x x x"

_CITY = "city-hall/<slug:city_slug>/"
_MARKET = f"{_CITY}markets/<uuid:user_id>/<uuid:market_id>/"
_UPLOADS = "markets/<uuid:market_id>/photos/uploads/"
_REPLY = f"{_CITY}reply-templates/<slug:language>/<uuid:template_id>/"

ADDRESSES: Mapping[str, tuple[str, str]] = {
    # Address: what reading it (GET) and what sending to it (POST) come to.
    "": (EVERYBODY, NOBODY),
    "healthz": (EVERYBODY, NOBODY),
    "readyz": (EVERYBODY, NOBODY),
    "sign-in/": (EVERYBODY, NOBODY),
    "city-hall/sign-in/": (EVERYBODY, NOBODY),
    "oidc/merchants/callback/": (EVERYBODY, NOBODY),
    "oidc/officers/callback/": (EVERYBODY, NOBODY),
    "sign-out/": (NOBODY, EVERYBODY),
    "signed-out/": (EVERYBODY, NOBODY),
    "signed-in/": (SIGNED_IN, SIGNED_IN_NO_FORM),
    "sessions/": (SIGNED_IN, SIGNED_IN_SEND),
    "cities/<slug:city_slug>/": (EVERYBODY, NOBODY),
    "cities/<slug:city_slug>/programme.json": (EVERYBODY, NOBODY),
    "cities/<slug:city_slug>/market-days.ics": (EVERYBODY, NOBODY),
    # Merchants
    "markets/": (MERCHANTS, SIGNED_IN_NO_FORM),
    "markets/apply/<slug:city_slug>/": (MERCHANTS, MERCHANTS_SEND),
    "account/transfer/": (MERCHANTS, SIGNED_IN_NO_FORM),
    "account/transfer/create-code/": (MERCHANTS_NO_PAGE, MERCHANTS_SEND),
    # Nobody has a code that was not given to them.
    "account/transfer/redeem/": (MERCHANTS_NO_PAGE, "f f n n f f f"),
    "markets/<uuid:market_id>/": (OWNER, SIGNED_IN_NO_FORM),
    "markets/<uuid:market_id>/edit/": (OWNER, SIGNED_IN_NO_FORM),
    "markets/<uuid:market_id>/market/": (OWNER, OWNER_SENDS),
    "markets/<uuid:market_id>/goods/": (OWNER, OWNER_SENDS),
    "markets/<uuid:market_id>/house/": (OWNER, OWNER_SENDS),
    "markets/<uuid:market_id>/merchant/": (OWNER, OWNER_SENDS),
    "markets/<uuid:market_id>/check/": (OWNER, OWNER_SENDS),
    "markets/<uuid:market_id>/versions/<int:number>/": (OWNER, SIGNED_IN_NO_FORM),
    "markets/<uuid:market_id>/again/": (OWNER, OWNER_SENDS),
    # Looked for among the sender's own alone: what is not there is deleted already.
    "markets/<uuid:market_id>/delete/": (OWNER, MERCHANTS_SEND),
    "markets/<uuid:market_id>/photos/": (OWNER, OWNER_SENDS),
    _UPLOADS: (MERCHANTS_NO_PAGE, OWNER_SENDS),
    f"{_UPLOADS}<uuid:upload_id>/finish/": (MERCHANTS_NO_PAGE, OWNER_SENDS),
    f"{_UPLOADS}<uuid:upload_id>/discard/": (MERCHANTS_NO_PAGE, OWNER_SENDS),
    "markets/<uuid:market_id>/withdraw/": (OWNER, OWNER_SENDS),
    "account/": (MERCHANTS, MERCHANTS_SEND),
    "account/data/": (MERCHANTS, MERCHANTS_SEND),
    "account/delete/": (MERCHANTS, MERCHANTS_SEND),
    "account/deleted/": (EVERYBODY, NOBODY),
    # City halls
    "city-hall/": (OFFICERS, NO_FORM),
    _CITY: (OFFICER, NO_FORM),
    f"{_CITY}bulk/": (OFFICER_NO_PAGE, OFFICER_SENDS),
    f"{_CITY}bulk/confirm/": (OFFICER_NO_PAGE, OFFICER_SENDS),
    f"{_CITY}statistics/": (OFFICER, NO_FORM),
    f"{_CITY}statistics/<slug:chart>.csv": (OFFICER, NO_FORM),
    f"{_CITY}applications.csv": (OFFICER, NO_FORM),
    f"{_CITY}applications.xlsx": (OFFICER, NO_FORM),
    f"{_CITY}reply-templates/": (OFFICER, NO_FORM),
    f"{_CITY}reply-templates/add/": (OFFICER, OFFICER_SENDS),
    _REPLY: (OFFICER, OFFICER_SENDS),
    f"{_REPLY}delete/": (OFFICER, OFFICER_SENDS),
    _MARKET: (OFFICER, NO_FORM),
    f"{_MARKET}approve/": (OFFICER_NO_PAGE, OFFICER_SENDS),
    f"{_MARKET}reject/": (OFFICER_NO_PAGE, OFFICER_SENDS),
    f"{_MARKET}request-changes/": (OFFICER_NO_PAGE, OFFICER_SENDS),
    f"{_MARKET}undo/": (OFFICER_NO_PAGE, OFFICER_SENDS),
    f"{_MARKET}notes/": (OFFICER_NO_PAGE, OFFICER_SENDS),
    f"{_MARKET}assign/": (OFFICER_NO_PAGE, OFFICER_SENDS),
    f"{_MARKET}case-file/": (OFFICER, NO_FORM),
    f"{_MARKET}case-file.json": (OFFICER, NO_FORM),
    f"{_MARKET}photos/<int:number>/": (OFFICER, NO_FORM),
}

TABLE: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    route: {
        method: dict(zip(ACTORS, outcomes.split(), strict=True))
        for method, outcomes in zip(("GET", "POST"), row, strict=True)
    }
    for route, row in ADDRESSES.items()
}
"""Address → method → actor → outcome."""
