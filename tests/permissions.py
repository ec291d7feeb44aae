"""The table of permissions: what each kind of actor gets at each address.

tests/test_permissions.py compares the site with it, and fails for an address without
a line here. docs/security.md shows it.
"""

from collections.abc import Mapping

ACTORS: Mapping[str, str] = {
    "visitor": "a person who is not signed in",
    "machine": "a program that sends a token to the pages; they accept none",
    "owner": "the merchant of the application in the address",
    "merchant": "another merchant",
    "officer": "an officer of the city in the address",
    "elsewhere": "an officer of another city",
    "powerless": "signed in as an officer, but without a city",
}
"""The columns of the table, in this order."""

OUTCOMES: Mapping[str, str] = {
    "a": "allowed; the form itself is then checked",
    "m": "redirected to the sign-in of merchants",
    "h": "redirected to the sign-in of city halls",
    "f": "refused",
    "n": "not found, as if it did not exist",
    "x": "the address does not have this method",
}

EVERYBODY = "a a a a a a a"
NOBODY = "x x x x x x x"

# A form that comes without a session is answered with 403, the sign-in and the
# fields that were sent (core.unsaved).
SIGNED_IN = "m m a a a a a"
SIGNED_IN_SEND = "f f a a a a a"
SIGNED_IN_NO_FORM = "f f x x x x x"

# The merchants' pages.
MERCHANTS = "m m a a f f f"
MERCHANTS_SEND = "f f a a f f f"
MERCHANTS_NO_PAGE = "m m x x x x x"
OWNER = "m m a n f f f"
OWNER_SENDS = "f f a n f f f"

# The city hall's pages: to all but its own officers, they do not exist.
OFFICERS = "h h f f a a f"
OFFICER = "h h n n a n n"
OFFICER_SENDS = "f f n n a n n"
OFFICER_NO_PAGE = "h h x x x x x"
NO_FORM = "f f x x x x x"

_CITY = "city-hall/<slug:city_slug>/"
_MARKET = f"{_CITY}markets/<uuid:user_id>/<uuid:market_id>/"
_UPLOADS = "markets/<uuid:market_id>/photos/uploads/"
_TEMPLATE = f"{_CITY}reply-templates/<slug:language>/<uuid:template_id>/"

ADDRESSES: Mapping[str, tuple[str, str]] = {
    # Address: the outcomes of GET and of POST.
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
    # The code that the test sends does not exist.
    "account/transfer/redeem/": (MERCHANTS_NO_PAGE, "f f n n f f f"),
    "markets/<uuid:market_id>/": (OWNER, SIGNED_IN_NO_FORM),
    "markets/<uuid:market_id>/edit/": (OWNER, SIGNED_IN_NO_FORM),
    "markets/<uuid:market_id>/market/": (OWNER, OWNER_SENDS),
    "markets/<uuid:market_id>/goods/": (OWNER, OWNER_SENDS),
    "markets/<uuid:market_id>/stall/": (OWNER, OWNER_SENDS),
    "markets/<uuid:market_id>/merchant/": (OWNER, OWNER_SENDS),
    "markets/<uuid:market_id>/check/": (OWNER, OWNER_SENDS),
    "markets/<uuid:market_id>/versions/<int:number>/": (OWNER, SIGNED_IN_NO_FORM),
    "markets/<uuid:market_id>/again/": (OWNER, OWNER_SENDS),
    # Only the sender's own drafts are searched; a missing one counts as deleted.
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
    _TEMPLATE: (OFFICER, OFFICER_SENDS),
    f"{_TEMPLATE}delete/": (OFFICER, OFFICER_SENDS),
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
