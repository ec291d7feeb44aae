"""The public programme of a city: the approved stalls, by category and by search.

It is public, so no query here checks permission. A page reads the keys of all
approved stalls (half a read unit for each 4 KB, about twenty for 300 stalls),
and then its own stalls whole.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched

from cachetools import LRUCache

from core.dynamodb import sign_key, start_key
from core.text import fold
from markets.models import Category, Market, MarketKey, Photo, PhotoRole, Status

PAGE_SIZE = 24  # fills rows of two, three and four
BATCH_SIZE = 100  # the most that one BatchGetItem takes
SEARCH_LENGTH = 80  # characters
CACHED_TEXTS = 5_000  # of at most 5 KB each, that a process keeps to search in
CATEGORIES = list(Category)


@dataclass(frozen=True, kw_only=True)
class Programme:
    """A page of a city's programme, in the order of category and name.

    `counts` are of all approved stalls; `found` is how many match the filter.
    """

    markets: Sequence[Market]
    next_cursor: str | None
    counts: dict[Category, int]
    found: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, order=True)
class _Entry:
    """The key of an approved stall, and what the programme is sorted by."""

    category: int
    sorted_by: str
    market_id: str
    user_id: str
    version: int

    @property
    def key(self) -> MarketKey:
        return MarketKey(self.user_id, self.market_id)

    @property
    def position(self) -> list[str]:
        """Where the entry is in the order, for a cursor."""
        return [f"{self.category:02}", self.sorted_by, self.market_id]


def page_of_programme(
    city_slug: str,
    *,
    category: Category | None = None,
    search: str = "",
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Programme:
    """Return approved stalls; all terms of `search` must be in name, goods or category.

    The index lags behind by moments, so each stall is read again and left out
    unless it is approved now: a stall that loses its approval disappears at once.
    """
    terms = fold(search[:SEARCH_LENGTH]).split()
    query = f"programme:{city_slug}:{category or ''}:{' '.join(terms)}"
    start = start_key(cursor, query=query)
    entries = sorted(_entries(city_slug))
    counts = Counter(CATEGORIES[entry.category] for entry in entries)
    found = [
        entry for entry in entries if category is None or CATEGORIES[entry.category] == category
    ]
    if terms:
        found = list(_matching(found, terms))
    ahead = [entry for entry in found if start is None or entry.position > start["after"]]
    shown = ahead[:size]
    last = {"after": shown[-1].position} if len(ahead) > size else None
    return Programme(
        markets=_approved_now(shown),
        next_cursor=sign_key(last, query=query) if last else None,
        counts={each: counts[each] for each in CATEGORIES},
        found=len(found),
    )


def public_photos(market: Market) -> list[Photo]:
    """Return the photos for visitors; plans are for the city only."""
    return [photo for photo in market.photos if photo.role != PhotoRole.PLAN]


def _entries(city_slug: str) -> Iterator[_Entry]:
    pages = Market.by_city.query(
        city_slug,
        Market.queue_key.startswith(f"{Status.APPROVED.value}#"),
        attributes_to_get=["userId", "marketId", "marketName", "category", "version"],
    ).page_iter
    for page in pages:
        # Raw items: to make a model of each would take longer than the call.
        for row in page["Items"]:
            if "marketName" not in row:
                continue  # its personal data was erased
            yield _Entry(
                CATEGORIES.index(Category(row["category"]["S"])),
                fold(row["marketName"]["S"]),
                row["marketId"]["S"],
                row["userId"]["S"],
                int(row["version"]["N"]),
            )


def _approved_now(entries: Sequence[_Entry]) -> list[Market]:
    if not entries:
        return []
    read = Market.batch_get([entry.key for entry in entries], consistent_read=True)
    approved = {market.key: market for market in read if market.approved}
    return [approved[entry.key] for entry in entries if entry.key in approved]


_texts: LRUCache[str, tuple[int, str]] = LRUCache(CACHED_TEXTS)
"""The text to search in, folded, and its version; by market id."""


def _matching(entries: Sequence[_Entry], terms: Sequence[str]) -> Iterator[_Entry]:
    """Return the entries with all terms; each process reads each version once."""
    texts = {entry.market_id: _texts.get(entry.market_id, (0, "")) for entry in entries}
    unread = [entry.key for entry in entries if texts[entry.market_id][0] != entry.version]
    for keys in batched(unread, BATCH_SIZE, strict=False):
        for market in Market.batch_get(list(keys)):
            text = fold(f"{market.name} {market.category_label} {market.description}")
            texts[market.market_id] = _texts[market.market_id] = (int(market.version), text)
    for entry in entries:
        _, text = texts[entry.market_id]
        if all(term in text for term in terms):
            yield entry
