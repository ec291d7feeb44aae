"""The records of a market."""

from markets.history.models import HistoryRecord
from markets.models import Market


def history_of(market: Market, *, after: int = 0) -> list[HistoryRecord]:
    """Return the records of a market that was read with permission, oldest first."""
    return list(
        HistoryRecord.query(market.market_id, HistoryRecord.version > after, consistent_read=True)
    )
