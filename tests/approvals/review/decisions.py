"""Decisions and undoing, each with one call."""

from collections.abc import Callable

import pytest

from approvals.review.operations import (
    approve_market,
    reject_market,
    request_changes,
    undo_decision,
)
from core.actors import Actor
from markets.models import Market, ReasonCode

Decision = Callable[..., Market]
"""Called with actor, market and version; `at` is a city other than the market's."""

SHORTER = ("marketDescription", "Please leave out the fireworks.")


def approve(actor: Actor, market: Market, version: int, *, at: str = "") -> Market:
    return approve_market(actor, at or market.city, market.key, expected_version=version)


def reject(actor: Actor, market: Market, version: int, *, at: str = "") -> Market:
    return reject_market(
        actor,
        at or market.city,
        market.key,
        expected_version=version,
        reason_code=ReasonCode.NO_SPACE,
        text="There is no space left in this category.",
    )


def ask(actor: Actor, market: Market, version: int, *, at: str = "") -> Market:
    return request_changes(
        actor, at or market.city, market.key, expected_version=version, requests=[SHORTER]
    )


def undo(actor: Actor, market: Market, version: int, *, at: str = "") -> Market:
    return undo_decision(actor, at or market.city, market.key, expected_version=version)


every_decision = pytest.mark.parametrize("decide", [approve, reject, ask])
