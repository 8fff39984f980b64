"""No hot statement scans deliveries or events: each is explained on both databases.

A new one is one line in `HOT`; those of figures and reports are in `tests/models/reports/test_plans.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.accounts.actor import Actor, system
from models.attention import digests, gathered, mutes, quiet
from models.backfills.event_history import EventHistory
from models.card_actions import copies, work
from models.card_actions.echoes import recent_writes
from models.card_actions.queries import actions_on
from models.database.engine import Database
from models.deliveries import counts, held, lanes, queries, replay, thread_lines
from models.deliveries import store as deliveries
from models.deliveries.burst import folded_events
from models.deliveries.bursts.before import first_of_lanes
from models.deliveries.bursts.waiting import read_waiting
from models.deliveries.claimed import ClaimedDelivery, read_heads, read_one
from models.deliveries.ending import give_up, give_up_destination
from models.deliveries.fallback import fall_back_some
from models.deliveries.replay import ReplayFilter
from models.deliveries.thread_lines import DueLine
from models.destinations.open_deliveries import skip_removed
from models.destinations.queries import last_delivered, list_destinations
from models.events import claims
from models.events import store as events
from models.maintenance import removed
from models.maintenance.export import read_rows, team_parts
from models.maintenance.retention import Retention, count_old_rows
from models.notifications import actions as inbox
from models.notifications.actions import InboxFilter
from models.plan import quota
from models.recipients import store as recipients
from models.reports import history
from models.rules.backtest import Limits, backtest
from models.rules.drafts import RuleDraft
from models.rules.queries import cards_since, list_rules
from models.rules.save import remove_rules
from models.rules.why.explain import explain_event
from models.rules.why.find import find_by_id, find_by_words
from models.stalled.open_lists import open_between
from models.stalled.settings import recheck_some
from models.stalled.signals import is_any_due, tell_due
from models.tables import DeliveryState, Digest, Mute, MuteScope
from models.waits import store as waits
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.explained import explained

TEAM: Final = mutes.MuteTarget(MuteScope.TENANT)
SECOND: Final = timedelta(seconds=1)
UNTIL: Final = NOON + 30 * SECOND
SINCE: Final = NOON - timedelta(hours=12)
LANE: Final = "spaces/1"


def _reader(tenant_id: int) -> Actor:
    return Actor("reader", tenant_id, user_id=1, role="viewer")


def _release_over_quota(session: Session, ours: int) -> None:
    held_rows = text(
        "UPDATE deliveries SET state = 'held', reason = 'quota' WHERE tenant_id = :ours AND id IN (1, 2)"
    )
    session.execute(held_rows, {"ours": ours})
    session.execute(text("UPDATE tenants SET monthly_limit = 10 WHERE id = :ours"), {"ours": ours})
    quota.release(session, ours, quota.oldest_held(session, ours, 5), NOON, None)
    row = {"tenant_id": ours, "event_id": 1, "destination_id": 1, "state": "pending", "is_urgent": False}
    quota.hold_over_quota(session, [row], NOON)


def _head(session: Session, tenant_id: int) -> ClaimedDelivery:
    query = text("SELECT min(id) FROM deliveries WHERE tenant_id = :tenant_id AND state = 'pending'")
    return read_heads(session, [session.execute(query, {"tenant_id": tenant_id}).scalar_one()])[0]


def _release(session: Session, tenant_id: int) -> None:
    row = {"tenant_id": tenant_id, "lane": LANE, "lease_token": "t", "free_at": UNTIL, "not_before": None}
    lanes.release(session, [row | {"backoff": 0, "contention": 0, "folded_at": None, "is_accepted": True}])


def _finish(session: Session, tenant_id: int) -> None:
    row: dict[str, Any] = {
        "tenant_id": tenant_id,
        "message_key": "client-1",
        "lease_token": "t",
        "state": "delivered",
    }
    row |= {"reason": "", "attempts": 1, "waiting_since": None, "next_attempt_at": NOON, "resent_as": ""}
    deliveries.finish(session, [row | {"finished_at": NOON, "message_name": None}])


def _claim_events(session: Session, tenant_id: int) -> None:
    claimed = claims.claim_new(session, [tenant_id], "t", NOON, UNTIL, 50)
    assert claimed
    claims.close(session, "t", claimed)


def _move_held(session: Session, tenant_id: int) -> None:
    group = held.held_groups(session, tenant_id)[0]
    assert held.hold_until(session, group, UNTIL)
    assert held.release(session, group, NOON)


def _skip_removed(session: Session, tenant_id: int) -> None:
    to = list_destinations(session, tenant_id)[0]
    assert skip_removed(session, tenant_id, to.id, to.lane, NOON)


def _fall_back(session: Session, tenant_id: int) -> None:
    refused = list_destinations(session, tenant_id)[0]
    refused.fallback_id, refused.is_active, refused.paused_because = refused.id, False, "404 NOT_FOUND"
    fall_back_some(session, NOON)


def _newest_event(session: Session, tenant_id: int) -> int:
    query = text("SELECT max(id) FROM events WHERE tenant_id = :tenant_id")
    return int(session.execute(query, {"tenant_id": tenant_id}).scalar_one())


def _log(session: Session, tenant_id: int, **chosen: Any) -> None:
    queries.read_log(session, tenant_id, reader=system(tenant_id, "log"), limit=10, **chosen)


def _part(session: Session, tenant_id: int, before: int | None = None, **chosen: Any) -> None:
    wanted = history.DeliverySelection(**chosen)
    history.find_deliveries(session, system(tenant_id, "log"), wanted, history.ListPart(10, before))


def _export(session: Session, tenant_id: int) -> None:
    for part in team_parts(tenant_id, whole=True):
        if part.name in ("deliveries", "events"):
            read_rows(session, part, [5], 10)


HOT: Final[dict[str, Callable[[Session, int], object]]] = {
    "claim lanes": lambda session, _: lanes.claim(session, "t", NOON, UNTIL, 50),
    "release a lane": _release,
    "heal lanes": lambda session, _: lanes.heal(session),
    "next due": lambda session, _: lanes.next_due(session),
    "oldest due": lambda session, _: lanes.oldest_due(session),
    "renew": lambda session, _: lanes.renew(session, ["t"], UNTIL),
    "coalesce": lambda session, ours: deliveries.coalesce(session, _head(session, ours), "t", NOON, UNTIL),
    "claim heads": lambda session, ours: deliveries.claim_heads(session, [_head(session, ours)], "t", UNTIL),
    "what waits in a crowded lane": lambda session, ours: read_waiting(session, _head(session, ours), NOON),
    "coalesce some": lambda s, ours: deliveries.coalesce(s, _head(s, ours), "t", NOON, UNTIL, [1, 2]),
    "first of crowded lanes": lambda session, ours: first_of_lanes(session, [(ours, LANE)], NOON),
    "to the fallback": _fall_back,
    "count coalesced": lambda session, ours: deliveries.count_coalesced(session, ours, "client-1"),
    "read folded": lambda session, ours: folded_events(session, ours, "client-1"),
    "log of a message": lambda session, ours: _log(session, ours, message_key="client-1"),
    "finish": _finish,
    "give up": lambda session, ours: give_up(session, _head(session, ours), "dead", "why", NOON),
    "give up a destination": lambda session, ours: give_up_destination(
        session, _head(session, ours), "dead", "why", NOON
    ),
    "skip for a removed destination": _skip_removed,
    "delete a rule": lambda session, ours: remove_rules(session, ours, list_rules(session, ours)[:1]),
    "tenants with held": lambda session, _: held.tenants_with_held(session),
    "move held": _move_held,
    "tenants with mutes": lambda session, _: mutes.tenants_with_mutes(session),
    "gathered by a mute": lambda session, ours: gathered.count_gathered(session, ours, "mute-1"),
    "most important by a mute": lambda session, ours: gathered.read_gathered(session, ours, "mute-1", 1, 20),
    "skip what waits for a mute": lambda session, ours: mutes.skip_waiting(
        session, Mute(id=1, tenant_id=ours, scope="tenant", until=UNTIL, muted_by=""), NOON
    ),
    "tenants with due digests": lambda session, _: digests.tenants_with_due(session, NOON),
    "gathered by a digest": lambda session, ours: digests.count_gathered_for(
        session, Digest(id=1, tenant_id=ours)
    ),
    "held in a place": lambda session, ours: quiet.count_held(session, ours, TEAM),
    "tenants over quota": lambda session, _: quota.tenants_over_quota(session),
    "room for what is over quota": lambda session, ours: quota.room_for_held(session, ours, NOON),
    "usage of a plan": lambda session, ours: quota.usage(session, ours, NOON),
    "release what is over quota": _release_over_quota,
    "counts by state": lambda session, _: counts.count_by_state(session),
    "home": lambda session, ours: queries.count_deliveries(session, ours, SINCE),
    "has delivered": queries.has_delivered,
    "newest test card": lambda session, ours: queries.newest_test_card(session, ours, among=100),
    "log": _log,
    "log held": lambda session, ours: _log(session, ours, state=DeliveryState.HELD),
    "log failed": lambda session, ours: _log(session, ours, state=DeliveryState.DEAD),
    "log of a rule": lambda session, ours: _log(session, ours, rule_id=list_rules(session, ours)[0].id),
    "part of the log": _part,
    "part of the log, further": lambda session, ours: _part(session, ours, before=50),
    "part of the log, failed": lambda session, ours: _part(session, ours, state=DeliveryState.DEAD),
    "part of the log, of a rule": lambda session, ours: _part(session, ours, rule_id=1),
    "part of the log, by words": lambda session, ours: _part(session, ours, words="wins deals"),
    "part of the events": lambda session, ours: history.find_events(
        session, system(ours, "log"), history.EventSelection(), history.ListPart(10, before=50)
    ),
    "cards of a rule": lambda session, ours: cards_since(session, list_rules(session, ours)[0], SINCE),
    "last card of destinations": lambda session, ours: last_delivered(
        session, ours, list_destinations(session, ours)
    ),
    "replay": lambda session, ours: replay.find_replayable(session, ours, ReplayFilter()),
    "count left out of a replay": lambda session, ours: replay.count_left_out(session, ours, ReplayFilter()),
    "tenants with new events": lambda session, _: claims.tenants_with_new(session),
    "oldest new event": lambda session, _: events.oldest_new(session),
    "claim and close events": _claim_events,
    "last webhook": events.last_webhook_at,
    "has events": events.has_events,
    "backtest": lambda session, ours: backtest(
        session, ours, RuleDraft("r", ["deal.won"], None, [], "compact"), SINCE, Limits(most=1000)
    ),
    "why": lambda session, ours: explain_event(session, system(ours, "why"), _newest_event(session, ours)),
    "why, by a number": lambda session, ours: find_by_id(session, system(ours, "why"), "deal", "7"),
    "why, by words": lambda session, ours: find_by_words(session, system(ours, "why"), "deal", "nothing"),
    "due card actions": lambda session, _: work.due_actions(session, NOON),
    "what is done on an object": lambda session, ours: actions_on(session, ours, "deal", "7", SINCE),
    "due card copies": lambda session, _: copies.due_copies(session, NOON, 20),
    "mark card copies": lambda session, ours: copies.mark_due(session, ours, "deal", "7", 1, NOON),
    "lanes of an object": lambda session, ours: copies.lanes_with(session, ours, "deal", "7"),
    "send one held": lambda session, ours: held.release_one(session, ours, 4, NOON),
    "due thread lines": lambda session, _: thread_lines.due_lines(session, NOON, 20),
    "mark thread lines": lambda session, _: thread_lines.mark_lines_due(session, [1, 2], NOON),
    "take thread lines": lambda session, ours: thread_lines.take_lines(
        session, [DueLine(ours, "spaces/AAAA", 1, NOON)]
    ),
    "inbox": lambda session, ours: inbox.list_inbox(
        session, _reader(ours), InboxFilter(), inbox.InboxPart(7), NOON
    ),
    "count unread": lambda session, ours: inbox.count_inbox(
        session, _reader(ours), InboxFilter(unread=True), NOON
    ),
    "tenants with people to write to": lambda session, _: recipients.tenants_with_addressed(session, NOON),
    "people to write to": lambda session, ours: recipients.addressed(session, ours, NOON),
    "tenants with due waits": lambda session, _: waits.tenants_with_due(session, NOON),
    "tenants with waits that end early": lambda session, _: waits.tenants_with_met(session),
    "waits that end early": waits.met_waits,
    "recent writes": lambda session, ours: recent_writes(session, [ours], NOON),
    "one delivery": lambda session, ours: read_one(session, ours, 1),
    "due tracked objects": lambda session, _: tell_due(session, NOON, 50),
    "is a tracked object due": lambda session, _: is_any_due(session, NOON),
    "open between": lambda session, ours: open_between(
        session, ours, NOON - 2 * SECOND, NOON, heard_before=NOON
    ),
    "recheck tracked objects": lambda session, _: recheck_some(session, NOON, 50),
    "what a retention would delete": lambda session, ours: count_old_rows(
        session, system(ours, "retention"), Retention(90, 90, 90, 90), NOON
    ),
    "a file of the team": _export,
    "stored keys": lambda session, ours: events.stored_keys(session, [(ours, "key-1"), (ours, "key-2")]),
}


def test_no_hot_statement_scans_deliveries_or_events(filled: Database, tenants: TwoTenants) -> None:
    found = {}
    for name, run in HOT.items():
        with explained(filled) as scans, filled.writing_all() as session:
            run(session, tenants.ours)
            session.rollback()
        if scans:
            found[name] = scans
    assert found == {}, "\n\n".join(f"{name}: {scan}" for name, scans in found.items() for scan in scans)


def test_walks_in_batches_scan_nothing(filled: Database, tenants: TwoTenants) -> None:
    with explained(filled) as scans:
        removed.skip_held_of_removed(filled, NOON)
        removed.delete_unnamed(filled, NOON)
        EventHistory(filled, tenants.ours, "deal", SINCE).changes_of(["1"])
    assert scans == []


def test_a_scan_is_noticed(filled: Database) -> None:
    with explained(filled) as scans, filled.reading_all() as session:
        session.execute(text("SELECT count(*) FROM events WHERE outcome = 'x'"))
        session.execute(text("SELECT max(reason) FROM deliveries"))
    assert len(scans) == 2
