"""The public programme of a city: what is approved now, found by category and by word.

For everybody, so nothing here asks who it is for. A page costs one reading of
the keys of all approved markets (half a read unit for each 4 KB, about twenty
for 300 markets) and one of its own markets, whole.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched

from cachetools import LRUCache

from core.dynamodb import sign_key, start_key
from markets.models import Category, Market, MarketKey, Photo, PhotoRole, Status, folded

PAGE_SIZE = 24  # fills rows of two, three and four
MOST_AT_ONCE = 100  # markets; a BatchGetItem takes no more
SEARCH_LENGTH = 80  # characters
MOST_TEXTS = 5_000  # of markets, at most 5 KB each, that a process keeps to search in

CATEGORIES = list(Category)


@dataclass(frozen=True, kw_only=True)
class Programme:
    """A page of a city's programme, by category and name.

    `counts` are of all that is approved, `found` of what the filter lets through.
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
    """An approved market as the index lists it; in the programme's order."""

    category: int
    sorted_by: str
    market_id: str
    user_id: str
    version: int

    @property
    def key(self) -> MarketKey:
        return MarketKey(self.user_id, self.market_id)

    @property
    def place(self) -> list[str]:
        return [f"{self.category:02}", self.sorted_by, self.market_id]


def page_of_programme(
    city_slug: str,
    *,
    category: Category | None = None,
    search: str = "",
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Programme:
    """Return approved markets, whole; `search` finds all its words in name, goods and category.

    The index lags behind by moments, so each market is read again and shown
    only if it is approved now: what loses its approval is gone at once.
    """
    words = folded(search[:SEARCH_LENGTH]).split()
    query = f"programme:{city_slug}:{category or ''}:{' '.join(words)}"
    start = start_key(cursor, query=query)
    entries = sorted(_entries(city_slug))
    counts = Counter(CATEGORIES[entry.category] for entry in entries)
    found = [
        entry for entry in entries if category is None or CATEGORIES[entry.category] == category
    ]
    if words:
        found = list(_with_words(found, words))
    ahead = [entry for entry in found if start is None or entry.place > start["after"]]
    shown = ahead[:size]
    last = {"after": shown[-1].place} if len(ahead) > size else None
    return Programme(
        markets=_approved_now(shown),
        next_cursor=sign_key(last, query=query) if last else None,
        counts={each: counts[each] for each in CATEGORIES},
        found=len(found),
    )


def public_photos(market: Market) -> list[Photo]:
    """Return the photos for visitors: how a house is wired is for the city alone."""
    return [photo for photo in market.photos if photo.role != PhotoRole.PLAN]


def _entries(city_slug: str) -> Iterator[_Entry]:
    pages = Market.by_city.query(
        city_slug,
        Market.queue_key.startswith(f"{Status.APPROVED.value}#"),
        attributes_to_get=["userId", "marketId", "marketName", "category", "version"],
    ).page_iter
    for page in pages:
        # As DynamoDB answers: a model for each would take longer than the call.
        for row in page["Items"]:
            if "marketName" not in row:
                continue  # of a season long past: its merchant was forgotten
            yield _Entry(
                CATEGORIES.index(Category(row["category"]["S"])),
                folded(row["marketName"]["S"]),
                row["marketId"]["S"],
                row["userId"]["S"],
                int(row["version"]["N"]),
            )


def _approved_now(entries: Sequence[_Entry]) -> list[Market]:
    if not entries:
        return []
    read = Market.batch_get([entry.key for entry in entries], consistent_read=True)
    now = {market.key: market for market in read if market.approved}
    return [now[entry.key] for entry in entries if entry.key in now]


_texts: LRUCache[str, tuple[int, str]] = LRUCache(MOST_TEXTS)
"""What visitors search in, by market: the version that was read, and its folded text."""


def _with_words(entries: Sequence[_Entry], words: Sequence[str]) -> Iterator[_Entry]:
    """Return the entries that have all words; each version is read once in a process."""
    texts = {entry.market_id: _texts.get(entry.market_id, (0, "")) for entry in entries}
    unread = [entry.key for entry in entries if texts[entry.market_id][0] != entry.version]
    for keys in batched(unread, MOST_AT_ONCE, strict=False):
        for market in Market.batch_get(list(keys)):
            text = folded(f"{market.name} {market.category_label} {market.description}")
            texts[market.market_id] = _texts[market.market_id] = (int(market.version), text)
    for entry in entries:
        _, text = texts[entry.market_id]
        if all(word in text for word in words):
            yield entry
