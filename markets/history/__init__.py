"""What happened to each market, written with it: `history.change` is the one shape of a write."""

from markets.history.operations import change, record
from markets.history.records import recorded

__all__ = ["change", "record", "recorded"]
