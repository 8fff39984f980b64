"""Rules that write to whom the record names: one card each, once, and for nobody who may not see it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import select

import jobs.recipients
from jobs.recipients.address import FAILED, NOBODY, RecordRecipients
from models import recipients as found_people
from models.accounts.actor import Actor
from models.destinations.recipients import FORMER_OWNER, MANAGERS, OWNER, TEAM
from models.notifications.preferences import set_own
from models.notifications.types import NotificationChannel, NotificationMode, NotificationType
from models.pipedrive.change import Change
from models.pipedrive.names import NO_NAMES
from models.recipients.find import FoundPeople, people_of
from models.recipients.inbox import IN_SUMMARY, SWITCHED_OFF
from models.rules.drafts import RuleDraft
from models.rules.save import save_rule
from models.tables import Delivery, Notification, User
from models.tables.deliveries import DeliveryState
from tests.conftest import TwoTenants
from tests.engine import Bench, HandClock, deal
from tests.jobs.recipients.conftest import ADA, BEN, CLEO


class KilledError(BaseException):
    """The process ended here."""


def rule(bench: Bench, tenant_id: int, *to: str, name: str = "Owners", **more: Any) -> None:
    draft = RuleDraft(name, more.pop("on", ["deal.*"]), None, list(to), "compact", **more)
    with bench.database.writing(tenant_id) as session:
        save_rule(session, tenant_id, draft, NO_NAMES, more.get("by", BEN))


def cards(bench: Bench, tenant_id: int) -> list[tuple[str, str]]:
    """Return to whom the cards go, and their states."""
    return sorted((each.destination_name, each.state) for each in bench.deliveries(tenant_id))


def test_the_owner_gets_a_card_of_their_own(
    bench: Bench, tenants: TwoTenants, recipients: RecordRecipients
) -> None:
    rule(bench, tenants.ours, OWNER)
    bench.receive(tenants.ours, deal(1, owner_id=1))
    bench.receive(tenants.theirs, deal(1, owner_id=1))
    bench.spread()
    for _ in range(3):
        recipients.run()

    assert cards(bench, tenants.ours) == [(ADA, "pending")]
    assert cards(bench, tenants.theirs) == []
    (made,) = bench.deliveries(tenants.ours)
    assert (made.rule_name, made.event_type, made.is_test) == ("Owners", "deal.created", False)
    assert bench.open_deliveries() == 1


def test_former_owner_managers_and_everybody(
    bench: Bench, tenants: TwoTenants, recipients: RecordRecipients
) -> None:
    rule(bench, tenants.ours, FORMER_OWNER, name="Former", on=["deal.owner_changed"])
    rule(bench, tenants.ours, MANAGERS, name="Bosses", on=["deal.created"])
    rule(bench, tenants.ours, TEAM, name="All", on=["deal.deleted"])
    moved = deal(1, action="change", owner_id=1) | {"previous": {"owner_id": 2}}
    bench.receive(tenants.ours, moved, deal(2, owner_id=1))
    bench.spread()
    recipients.run()

    assert cards(bench, tenants.ours) == [(BEN, "pending"), (BEN, "pending")]


def test_one_event_is_one_card_for_a_person_whatever_the_rules(
    bench: Bench, tenants: TwoTenants, recipients: RecordRecipients
) -> None:
    rule(bench, tenants.ours, ADA, name="To Ada")
    rule(bench, tenants.ours, OWNER, MANAGERS, name="To owners")
    rule(bench, tenants.ours, OWNER, name="Also to owners")
    bench.receive(tenants.ours, deal(1, owner_id=1))
    bench.spread()
    recipients.run()

    sent = [(name, state) for name, state in cards(bench, tenants.ours) if state == "pending"]
    assert sent == [(ADA, "pending"), (BEN, "pending")]


def test_nothing_of_a_restricted_deal_reaches_who_may_not_see_it(
    bench: Bench, tenants: TwoTenants, recipients: RecordRecipients
) -> None:
    rule(bench, tenants.ours, OWNER, MANAGERS, TEAM)
    body = deal(1, owner_id=1, title="Project Falcon")
    body["meta"]["permitted_user_ids"] = ["1"]
    bench.receive(tenants.ours, body)
    bench.spread()
    recipients.run()

    states = dict(cards(bench, tenants.ours))
    assert states[ADA] == DeliveryState.PENDING
    assert states[BEN] == DeliveryState.SKIPPED
    with bench.database.reading(tenants.ours) as session:
        told = session.scalars(select(Notification).where(Notification.tenant_id == tenants.ours)).all()
        assert "Falcon" not in str([(each.title, each.body) for each in told])


def test_who_cannot_be_reached_is_replaced_by_the_author_who_is_told_once_a_day(
    bench: Bench, tenants: TwoTenants, recipients: RecordRecipients
) -> None:
    rule(bench, tenants.ours, OWNER)
    for number in (1, 2):
        bench.receive(tenants.ours, deal(number, owner_id=3))
    bench.spread()
    recipients.run()

    found = bench.deliveries(tenants.ours)
    of_events = [each for each in found if each.event_id is not None]
    assert [(each.destination_name, each.instead_of) for each in of_events] == [(BEN, CLEO), (BEN, CLEO)]
    with bench.database.reading(tenants.ours) as session:
        (told,) = session.scalars(select(Notification).where(Notification.tenant_id == tenants.ours))
        assert told.title == f"Rule Owners: {CLEO} cannot be reached"


def test_a_record_without_an_owner_says_so(
    bench: Bench, tenants: TwoTenants, recipients: RecordRecipients
) -> None:
    rule(bench, tenants.ours, OWNER)
    bench.receive(tenants.ours, deal(1, owner_id=None))
    bench.spread()
    recipients.run()

    (left,) = bench.deliveries(tenants.ours)
    assert (left.state, left.reason) == (DeliveryState.SKIPPED, NOBODY)


def test_what_fails_for_an_hour_is_given_up_and_keeps_nothing_waiting(
    bench: Bench,
    clock: HandClock,
    tenants: TwoTenants,
    recipients: RecordRecipients,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of_app = people_of

    def fail_for_one(
        session: Any, tenant_id: int, recipient: str, change: Change, followers: Any
    ) -> FoundPeople:
        if change.object_id == "1":
            raise ValueError("this one fails each time")
        return of_app(session, tenant_id, recipient, change, followers)

    monkeypatch.setattr("jobs.recipients.address.people_of", fail_for_one)
    monkeypatch.setattr("jobs.scheduled.leased_turns.TURN_S", 60)  # to write the error down takes its time
    rule(bench, tenants.ours, OWNER)
    bench.receive(tenants.ours, deal(1, owner_id=1), deal(2, owner_id=1))
    bench.spread()
    for _ in range(2):  # what failed keeps nothing from its turn
        recipients.run()
    assert [state for _, state in cards(bench, tenants.ours)] == ["pending", "digested"]

    clock.advance(61 * 60)
    recipients.run()
    ended = [each for each in bench.deliveries(tenants.ours) if each.state == "dead"]
    assert [each.reason for each in ended] == [FAILED]


def inboxes(bench: Bench, tenant_id: int) -> list[tuple[str, str, str]]:
    with bench.database.reading(tenant_id) as session:
        rows = session.execute(
            select(User.email, Notification.type, Notification.title)
            .join(User, User.id == Notification.user_id)
            .where(Notification.tenant_id == tenant_id)
            .order_by(User.email, Notification.id)
        )
        return [(email, type_, title) for email, type_, title in rows]


def won(number: int, **fields: Any) -> dict[str, Any]:
    return deal(number, action="change", status="won", **fields) | {"previous": {"status": "open"}}


def test_the_inbox_keeps_what_came_as_a_card(
    bench: Bench, tenants: TwoTenants, recipients: RecordRecipients
) -> None:
    rule(bench, tenants.ours, OWNER, name="Big wins", on=["deal.won"])
    rule(bench, tenants.ours, MANAGERS, OWNER, name="All wins", on=["deal.won"])
    bench.receive(tenants.ours, won(1, owner_id=1, title="Lamps"))
    bench.spread()
    for _ in range(2):
        recipients.run()

    found = inboxes(bench, tenants.ours)
    assert [(email, type_) for email, type_, _ in found] == [(ADA, "DEAL_WON"), (BEN, "DEAL_WON")]
    assert all(title.startswith("Won: Lamps") for _, _, title in found)
    assert inboxes(bench, tenants.theirs) == []
    with bench.database.reading(tenants.ours) as session:
        first = session.scalars(select(Notification).order_by(Notification.id)).first()
        assert first is not None
        assert first.tags in (["big-wins"], ["all-wins"], ["big-wins-all-wins"])
        assert first.channels["chat"] == "card"


@pytest.mark.parametrize(
    ("mode", "reason"), [(NotificationMode.OFF, SWITCHED_OFF), (NotificationMode.DIGEST, IN_SUMMARY)]
)
def test_what_a_person_wants_decides_about_their_card(
    bench: Bench, tenants: TwoTenants, recipients: RecordRecipients, mode: NotificationMode, reason: str
) -> None:
    with bench.database.writing(tenants.ours) as session:
        ada = session.scalars(select(User).where(User.tenant_id == tenants.ours, User.email == ADA)).one()
        actor = Actor(ADA, tenants.ours, user_id=ada.id, role="sales_rep")
        set_own(session, actor, {(NotificationType.DEAL_WON, NotificationChannel.CHAT): mode})
    rule(bench, tenants.ours, OWNER, MANAGERS, on=["deal.won"])
    bench.receive(tenants.ours, won(1, owner_id=1, title="Lamps"))
    bench.spread()
    recipients.run()

    found = {each.destination_name: (each.state, each.reason) for each in bench.deliveries(tenants.ours)}
    assert found == {ADA: ("skipped", reason), BEN: ("pending", "")}
    assert [email for email, _, _ in inboxes(bench, tenants.ours)] == [ADA, BEN]


def test_the_inbox_of_who_may_not_see_a_deal_says_nothing(
    bench: Bench, tenants: TwoTenants, recipients: RecordRecipients
) -> None:
    rule(bench, tenants.ours, TEAM, on=["deal.won"])
    body = won(1, owner_id=1, title="Project Falcon")
    body["meta"]["permitted_user_ids"] = ["1"]
    bench.receive(tenants.ours, body)
    bench.spread()
    recipients.run()

    falcon = [email for email, _, title in inboxes(bench, tenants.ours) if "Falcon" in title]
    assert falcon == [ADA]


@contextmanager
def killed_at(line: int) -> Iterator[None]:
    """Raise at the n-th line that runs of what addresses deliveries."""
    folders = (str(Path(jobs.recipients.__file__).parent), str(Path(found_people.__file__).parent))
    count = 0

    def trace(frame: FrameType, event: str, _arg: object) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(folders):
            return None
        count += event == "line"
        if event == "line" and count == line:
            raise KilledError
        return trace

    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(None)


def test_killed_between_any_two_lines_nobody_is_written_to_twice(
    bench: Bench, tenants: TwoTenants, recipients: RecordRecipients
) -> None:
    rule(bench, tenants.ours, OWNER, MANAGERS)
    bench.receive(tenants.ours, deal(1, owner_id=1))
    bench.spread()
    kills, ended = 0, False
    while not ended:
        kills += 5
        try:
            with killed_at(kills):
                recipients.run()
            ended = True
        except KilledError:
            bench.clock.advance(11)
    recipients.run()

    assert kills > 50
    assert cards(bench, tenants.ours) == [(ADA, "pending"), (BEN, "pending")]


def test_a_rule_for_spaces_alone_waits_for_nobody(
    bench: Bench, tenants: TwoTenants, recipients: RecordRecipients
) -> None:
    rule(bench, tenants.ours, ADA, on=["deal.created"])
    bench.receive(tenants.ours, deal(1, owner_id=2))
    bench.spread()

    with bench.database.reading(tenants.ours) as session:
        found = session.scalars(select(Delivery.state).where(Delivery.tenant_id == tenants.ours)).all()
    assert found == [DeliveryState.PENDING]
