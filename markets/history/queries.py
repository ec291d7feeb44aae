"""The records of a market."""

from markets.history.models import HistoryRecord
from markets.models import Market


def history_of(market: Market, *, after: int = 0) -> list[HistoryRecord]:
    """Return the records of a market, oldest first. The caller has checked permission."""
    return list(
        HistoryRecord.query(market.market_id, HistoryRecord.version > after, consistent_read=True)
    )
