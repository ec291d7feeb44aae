"""The record of every change of a market; operations write through `history.change`."""

from markets.history.operations import change, record
from markets.history.records import recorded

__all__ = ["change", "record", "recorded"]
