"""Random sequences of actions by several people, compared with a small pure model.

Merchants, officers of two cities, strangers and the operator act through operations,
pages and commands. After each step the application must be what the model says; at the
end of each sequence its history, mails, lists and queues too.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from approvals.queue.assignments import assign_market
from approvals.queue.filters import QueueFilter
from approvals.queue.queries import page_of_queue
from approvals.review import operations as review
from core import clock
from core.actors import Actor
from core.errors import DomainError, NotFound
from markets import operations
from markets.cities.models import City
from markets.history import chain
from markets.history.queries import history_of
from markets.models import ReasonCode, Status
from markets.outbox.messages import messages_to
from markets.outbox.models import Message
from markets.queries import get_market, page_of_markets
from tests import factories
from tests.account import SessionAccount
from tests.clients import sign_in
from tests.fire.forms import CHANGE, REJECTION, filled_in, key_of
from tests.fire.model import MERCHANT_ACTIONS, OFFICER_ACTIONS, ModelApplication, ModelPhoto
from tests.fire.report import choose, record

SEQUENCES = choose(30, 1_200)
STEPS = 50  # of one sequence, at most
FEWEST_STEPS = choose(1_000, 40_000)
MOST_APPLICATIONS = 5  # of one sequence: few have longer histories


ACTIONS = [*MERCHANT_ACTIONS, *OFFICER_ACTIONS]
KINDS = [*["possible"] * 8, *["any"] * 2, "trespass", "wait", "deliver", "begin"]
"""What a step does. "possible" is an action that is not refused, "any" may be refused."""

Do = Callable[[Actor, ModelApplication, int, str], Any]
"""Do one action to an application, in the version given, with a new text for it."""


def officers_operation(operation: Any, **given: Any) -> Do:
    return lambda actor, application, version, _: operation(
        actor, application.city, key_of(application), expected_version=version, **given
    )


def merchants_operation(operation: Any) -> Do:
    return lambda actor, application, version, _: operation(
        actor, key_of(application), expected_version=version
    )


OPERATIONS: Mapping[str, Do] = {
    "revise": lambda actor, application, version, name: operations.revise_market(
        actor, key_of(application), expected_version=version, details={"name": name}
    ),
    "submit": merchants_operation(operations.submit_market),
    "withdraw": merchants_operation(operations.withdraw_market),
    "delete": merchants_operation(operations.delete_draft),
    "approve": officers_operation(review.approve_market),
    "reject": officers_operation(
        review.reject_market, reason_code=ReasonCode.NO_SPACE, text=REJECTION
    ),
    "request_changes": officers_operation(
        review.request_changes, requests=[("marketName", CHANGE)]
    ),
    "undo": officers_operation(review.undo_decision),
    "assign": lambda actor, application, version, _: assign_market(
        actor,
        application.city,
        key_of(application),
        expected_version=version,
        assignee=actor.id,
    ),
}


def refusal_of(do: Callable[[], Any]) -> str | None:
    """Do it; return the name of the error that refuses it, or None."""
    try:
        do()
    except DomainError as refused:
        return type(refused).__name__
    return None


class Competition(RuleBasedStateMachine):
    """Two cities with an officer each, three merchants, and their applications."""

    steps = 0
    tried: ClassVar[Counter[tuple[str, str]]] = Counter()

    @initialize()
    def begin_all(self) -> None:
        self.now = clock.now()
        self.texts = 0
        self.cities = [factories.make_city(), factories.make_city()]
        self.merchants = [factories.merchant() for _ in range(3)]
        self.officers = [factories.officer(city.slug) for city in self.cities]
        self.clients: dict[str, Client] = {}
        self.applications: list[ModelApplication] = []
        for number, merchant in enumerate(self.merchants):
            self.begin(merchant, self.cities[number % 2])

    @rule(data=st.data(), kind=st.sampled_from(KINDS))
    def step(self, data: st.DataObject, kind: str) -> None:
        """One rule for all steps: of several, Hypothesis would leave some out of each sequence."""
        type(self).steps += 1
        if kind == "wait":
            self.now += timedelta(minutes=data.draw(st.sampled_from([1, 4, 11])))
            self.clients.clear()  # sessions are short
        elif kind == "begin" and len(self.applications) < MOST_APPLICATIONS:
            merchant = data.draw(st.sampled_from(self.merchants))
            self.begin(merchant, data.draw(st.sampled_from(self.cities)))
        elif kind == "deliver":
            self.deliver()
        else:
            application = data.draw(st.sampled_from(self.applications))
            page = data.draw(st.sampled_from([True, *[False] * 5]))
            if kind == "trespass":
                self.trespass(application, data.draw(st.sampled_from(ACTIONS)), page=page)
            else:
                self.act(data, application, possible=kind == "possible", page=page)

    def new_name(self) -> str:
        self.texts += 1
        return f"Stall {self.texts}"

    def begin(self, actor: Actor, city: City) -> None:
        market_id, name = str(uuid4()), self.new_name()
        details = factories.details(market_id, name=name)
        with clock.freeze(self.now):
            begun = operations.create_draft(
                actor, market_id=market_id, city_slug=city.slug, details=details
            )
        application = ModelApplication(
            actor.id,
            market_id,
            city.slug,
            name,
            photos=[ModelPhoto(photo.key, photo.alt_text) for photo in begun.photos],
        )
        self.applications.append(application)
        self.check(application)

    def act(
        self, data: st.DataObject, application: ModelApplication, *, possible: bool, page: bool
    ) -> None:
        """Somebody who may do it acts on the version they saw, which may be an older one.

        Most of the actions are possible ones, or else few sequences would lead far.
        """
        possible_ones = application.possible_actions(self.now) if possible else []
        action = data.draw(st.sampled_from(possible_ones or ACTIONS))
        behind = 0 if possible else data.draw(st.sampled_from([0, 1, 2, -1]))
        version, name = max(application.version - behind, 1), self.new_name()
        actor = self.actor_for(application, action)
        refusal = application.refusal(action, version, self.now)
        self.tried[action, refusal or "done"] += 1
        with clock.freeze(self.now):
            if page:
                self.send(actor, application, action, version, name)
            else:
                operation = partial(OPERATIONS[action], actor, application, version, name)
                assert refusal_of(operation) == refusal
        if refusal is None and not application.is_repeat(action, version):
            if action == "assign":
                application.assignee = actor.id
            else:
                application.apply(action, self.now, name=name if action == "revise" else None)
        self.check(application)

    def trespass(self, application: ModelApplication, action: str, *, page: bool) -> None:
        """Another merchant, or an officer of the other city, finds no such application."""
        if action in MERCHANT_ACTIONS:
            actor = next(each for each in self.merchants if each.id != application.owner)
        else:
            actor = next(each for each in self.officers if application.city not in each.cities)
        version = application.version
        with clock.freeze(self.now):
            if page:
                self.send(actor, application, action, version, "Mine")
            else:
                operation = partial(OPERATIONS[action], actor, application, version, "Mine")
                assert refusal_of(operation) in {"NotFound", "NotAllowed"}
        self.check(application)

    def deliver(self) -> None:
        """The operator's command sends what is due."""
        with clock.freeze(self.now):
            call_command("deliver_messages", verbosity=0)
        for application in self.applications:
            application.deliver(self.now)

    def actor_for(self, application: ModelApplication, action: str) -> Actor:
        if action in MERCHANT_ACTIONS:
            return next(each for each in self.merchants if each.id == application.owner)
        return next(each for each in self.officers if application.city in each.cities)

    def send(
        self, actor: Actor, application: ModelApplication, action: str, version: int, name: str
    ) -> None:
        """Do it by the page's form. Whatever the page answers, the model knows what is stored."""
        url, fields = filled_in(actor, application, action, version=version, name=name)
        response = self.client_of(actor).post(url, fields)
        assert response.status_code in {200, 302, 403, 404, 409, 412, 422}

    def client_of(self, actor: Actor) -> Client:
        if actor.id not in self.clients:
            client = self.clients[actor.id] = Client()
            sign_in(client, sub=actor.id, cities=sorted(actor.cities))
        return self.clients[actor.id]

    def check(self, application: ModelApplication) -> None:
        """Compare what is stored of one application with the model."""
        key = key_of(application)
        if application.deleted:
            with pytest.raises(NotFound):
                get_market(factories.OPERATOR, key)
            return
        stored = get_market(factories.OPERATOR, key)
        assert (stored.status, stored.version, stored.name, stored.assignee) == (
            application.status,
            application.version,
            application.name,
            application.assignee,
        )
        assert stored.approved is (application.status == "approved")
        photos = [ModelPhoto(photo.key, photo.alt_text) for photo in stored.photos]
        assert photos == application.photos

    def teardown(self) -> None:
        if not hasattr(self, "applications"):
            return
        with clock.freeze(self.now):
            for application in self.applications:
                if not application.deleted:
                    self.check(application)
                    self.check_records(application)
            self.check_lists()

    def check_records(self, application: ModelApplication) -> None:
        """Compare the history, unbroken, and the mails."""
        market = get_market(factories.OPERATOR, key_of(application))
        records = history_of(market)
        assert [(int(each.version), each.action) for each in records] == application.history
        assert chain.first_break(market, records, {}) is None
        mails = [(each.action, each.version, each.state) for each in messages_to(market)]
        assert mails[::-1] == [
            (each.action, each.version, each.state) for each in application.mails
        ]

    def check_lists(self) -> None:
        """Compare each merchant's own list, and each city's queue in each status."""
        there = [each for each in self.applications if not each.deleted]
        for merchant in self.merchants:
            listed = {each.market_id for each in page_of_markets(merchant).items}
            own = {each.market_id for each in there if each.owner == merchant.id}
            assert listed <= own
            assert len(listed) == min(len(own), 25)
        for city, officer in zip(self.cities, self.officers, strict=True):
            for status in Status:
                queue = page_of_queue(officer, city.slug, QueueFilter(status=status), size=100)
                assert {each.market_id for each in queue.items} == {
                    each.market_id
                    for each in there
                    if each.city == city.slug and each.status == status and each.submitted_at
                }


@pytest.mark.usefixtures("_static_files")
def test_random_sequences_match_model(account: SessionAccount) -> None:
    account.empty_tables(Message.Meta.table_name)  # which each delivery would read
    Competition.steps = 0
    Competition.tried.clear()
    run_state_machine_as_test(
        Competition,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Competition.steps >= FEWEST_STEPS
    for (action, refusal), times in sorted(Competition.tried.items()):
        record("model", case=action, condition=refusal, outcome=f"{times} times", seconds=0)
