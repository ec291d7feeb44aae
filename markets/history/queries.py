"""The records of a market."""

from collections.abc import Sequence

from markets.history.models import HistoryRecord
from markets.models import Market


def history_of(market: Market, *, after: int = 0) -> list[HistoryRecord]:
    """Return the records of a market, oldest first. The caller has checked permission."""
    return list(
        HistoryRecord.query(market.market_id, HistoryRecord.version > after, consistent_read=True)
    )


def histories_of(markets: Sequence[Market]) -> dict[str, list[HistoryRecord]]:
    """Return the records of several markets, oldest first, each up to the market's version.

    By the markets' ids. Reads 100 possible records a call. The caller has checked permission.
    """
    found: dict[str, list[HistoryRecord]] = {market.market_id: [] for market in markets}
    keys = [
        (market.market_id, version)
        for market in markets
        for version in range(1, (market.version or 0) + 1)
    ]
    for record in HistoryRecord.batch_get(keys, consistent_read=True):
        found[record.market_id].append(record)
    for records in found.values():
        records.sort(key=lambda record: record.version)
    return found
