"""The case file: the complete record of one application, with the proof of its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from approvals.queries import get_market_for_review
from approvals.review.decisions import Decision, decisions_in
from core import clock
from core.actors import Actor
from markets.cities.models import City
from markets.cities.queries import get_city
from markets.details import JSON_NAMES, LABELS
from markets.history import chain
from markets.history.chain import Break
from markets.history.models import HistoryRecord
from markets.history.queries import history_of
from markets.history.records import recorded
from markets.history.timeline import format_value
from markets.lifecycle import Action
from markets.models import Market, MarketKey
from markets.outbox.messages import messages_to
from markets.outbox.models import Message


@dataclass(frozen=True)
class Version:
    """A version of an application: its history record, and the values of all recorded fields."""

    record: HistoryRecord
    fields: dict[str, Any]

    @property
    def action(self) -> Action:
        return Action(self.record.action)

    @property
    def labelled_fields(self) -> list[tuple[str, str]]:
        """Label and value of the fields that the merchant filled in."""
        return [
            (label, format_value(name, self.fields.get(JSON_NAMES[name])))
            for name, label in LABELS.items()
        ]


@dataclass(frozen=True, kw_only=True)
class CaseFile:
    """An application with its whole history, as of `at`. Private notes are not part of it."""

    at: datetime
    city: City
    market: Market
    records: Sequence[HistoryRecord]
    mails: Sequence[Message]
    first_break: Break | None

    @property
    def versions(self) -> list[Version]:
        """Every version since the first submission, oldest first."""
        versions, fields = [], dict[str, Any]()
        for record in self.records:
            fields = fields | record.after
            versions.append(Version(record, fields))
        return versions

    @property
    def decisions(self) -> list[tuple[Decision, Message | None]]:
        """Each decision with its message to the merchant."""
        mails = {int(mail.version): mail for mail in self.mails}
        return [(each, mails.get(int(each.record.version))) for each in decisions_in(self.records)]


def get_case_file(actor: Actor, city_slug: str, key: MarketKey) -> CaseFile:
    """Return the case file of an application that the actor decides on; else NotFound."""
    market = get_market_for_review(actor, city_slug, key)
    records = records_of(market)
    return CaseFile(
        at=clock.now(),
        city=get_city(city_slug),
        market=market,
        records=records,
        mails=messages_to(market)[::-1],
        first_break=chain.first_break(market, records, recorded(market)),
    )


def records_of(market: Market) -> list[HistoryRecord]:
    """Return the records up to the market's version; newer ones were added after it was read."""
    return [entry for entry in history_of(market) if entry.version <= (market.version or 0)]


def find_break(market: Market) -> Break | None:
    """Return the first break in the market's history; None if it is intact."""
    return chain.first_break(market, records_of(market), recorded(market))


def serialize_case_file(file: CaseFile) -> dict[str, Any]:
    """Return a case file for JSON: times in ISO 8601, names as in the API."""
    market = file.market
    return {
        "writtenAt": file.at.isoformat(),
        "city": {"slug": file.city.slug, "name": file.city.name, "contact": file.city.contact},
        "market": {
            "userId": market.user_id,
            "marketId": market.market_id,
            "reference": market.reference,
            "version": market.version,
            "createdAt": _iso(market.created_at),
            "submittedAt": _iso(market.submitted_at),
            "decidedAt": _iso(market.decided_at),
            "decidedBy": market.decided_by,
            "marketApproved": market.approved,
            **recorded(market),
        },
        "photos": [
            {
                "key": photo.key,
                "url": photo.url,
                "sha256": photo.sha256,
                "altText": photo.alt_text,
                "width": photo.width,
                "height": photo.height,
            }
            for photo in market.photos
        ],
        "versions": [
            chain.serialize(version.record)
            | {"hash": version.record.hash, "fields": version.fields}
            for version in file.versions
        ],
        "decisions": [_serialize_decision(each, mail) for each, mail in file.decisions],
        "chain": {
            "head": market.history_hash,
            "whole": file.first_break is None,
            "firstBreak": {"version": file.first_break.version, "fault": file.first_break.fault}
            if file.first_break
            else None,
        },
    }


def _serialize_decision(decision: Decision, mail: Message | None) -> dict[str, Any]:
    record = decision.record
    return {
        "version": int(record.version),
        "action": record.action,
        "at": _iso(record.at),
        "actorId": record.actor_id,
        "actorName": record.actor_name,
        "channel": record.channel,
        "reasonCode": record.after.get("reasonCode"),
        "text": record.text,
        "changeRequests": record.after.get("changeRequests", []),
        "undoneByVersion": decision.undone_by,
        "message": mail
        and {
            "to": mail.to,
            "language": mail.language,
            "subject": mail.subject,
            "body": mail.body,
            "state": mail.state,
            "attempts": int(mail.attempts),
            "sentAt": _iso(mail.sent_at),
            "receipt": mail.receipt,
        },
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
