"""One object of each noun of a team, and a body for each route that takes one."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.clock import now
from models.destinations.linking import add_incoming_webhook
from models.reminders.remind import REMIND
from models.security.keys import KeyRing
from models.security.vault import Vault
from models.tables import (
    ApiSession,
    ApiToken,
    Attempt,
    Delivery,
    Destination,
    Digest,
    Event,
    KnownName,
    Lead,
    LeadHistory,
    Mute,
    Notification,
    QuietHours,
    Rule,
    RuleDestination,
    Space,
    Template,
    TrackedObject,
    User,
)
from models.tables.events import EventState
from models.tables.reports import ReportSchedule
from models.tables.waits import DayOff, DurableWait, WaitState
from models.waits.replay import REPLAY
from tests.models.nudges.asked import add_line
from tests.web.api.conftest import Api
from tests.web.api.lead_source_objects import add_lead_sources, lead_source_bodies
from tests.web.api.routing_objects import add_routing, routing_bodies

VAULT: Final = Vault(KeyRing({"test": bytes(range(32))}))
WINDOW: Final = {
    "scope": "user",
    "user": "admin@acme.test",
    "from": "19:00",
    "until": "08:00",
    "timezone": "UTC",
}
_numbers = itertools.count(1000)  # so that a number in a name is no row's id
URL: Final = "https://chat.googleapis.com/v1/spaces/%s/messages?key=k&token=abcd%s"
BODY: Final = (
    b'{"meta":{"action":"change","entity":"deal","entity_id":"42","id":"m","timestamp":"2026-11-20T08:00:00Z",'
    b'"version":"2.0"},"data":{"id":42,"title":"Lamps for %s","status":"won","value":5},'
    b'"previous":{"status":"open"}}'
)


def noun_of(path: str) -> str:
    """Return the noun of an address: of `/admin/rules/<id>` and `/notifications/<id>` its own part."""
    parts = path.split("/")[1:]
    return parts[1] if parts[0] == "admin" else parts[0]


@dataclass(frozen=True)
class Objects:
    """The ids of one object of each noun, by the part of the address that names it.

    `number` is in their names, so that no other team has these.
    """

    ids: dict[str, int | str]
    number: int

    def path(self, path: str) -> str:
        """Return an address with the id of its noun, or with the one that only this address is for."""
        found = self.ids.get(path, self.ids.get(noun_of(path), 0))
        return path.replace("<id>", str(found)).replace("<tenant>", "me")


def add_objects(api: Api, team: str) -> Objects:
    """Add an object of each noun to a team."""
    number, tenant_id, admin = next(_numbers), api.tenants[team], f"admin@{team}.test"
    mine: dict[str, Any] = {"tenant_id": tenant_id}
    with api.database.writing_all() as session:
        to = add_incoming_webhook(session, VAULT, tenant_id, f"W{number}", URL % (f"S{number}", number))
        rule = Rule(**mine, name=f"R{number} of {team}", event_types=["deal.won"], made_by=admin)
        event = Event(**mine, source_key=f"e{number}", raw=BODY % team.encode(), state=EventState.DONE)
        event.event_type, event.kind, event.object_key = "deal.won", "deal.won", "deal:42"
        template = Template(**mine, name=f"T{number}", source="{{ deal.title }}")
        user = User(**mine, email=f"user{number}@{team}.test", role="viewer")
        window = QuietHours(
            **mine, scope="tenant", starts="19:00", ends="08:00", days=["mon"], timezone="UTC"
        )
        mute = Mute(**mine, scope="tenant", until=now() + timedelta(hours=1), muted_by=admin)
        session.add_all([rule, event, template, user, window, mute])
        session.flush()
        session.add(RuleDestination(**mine, rule_id=rule.id, destination_id=to.id))
        failed = _failed(session, event, rule, to)
        ids: dict[str, int | str] = {
            "rules": rule.id,
            "webhooks": to.id,
            "templates": template.id,
            "logs": failed.id,
            "events": event.id,
            "quiet-hours": window.id,
            "mutes": mute.id,
            "digests": _digest(session, tenant_id).id,
            "reports": _report(session, tenant_id),
            "reminders": _reminder(session, tenant_id, admin, number),
            "replays": _replay(session, tenant_id, admin, number),
            "holidays": _day_off(session, tenant_id),
            **add_routing(session, tenant_id, admin, number),
            "leads": _lead(session, tenant_id, number),
            **add_lead_sources(session, tenant_id, number),
            "notifications": _notification(session, tenant_id, admin),
            "nudges": add_line(session, tenant_id, admin, number),
            "users": user.id,
            "auth": _program_session(session, tenant_id, user.id, number),
        }
        return Objects(ids, number)


def _failed(session: Session, event: Event, rule: Rule, to: Destination) -> Delivery:
    mine = {"tenant_id": event.tenant_id}
    failed = Delivery(**mine, event_id=event.id, rule_id=rule.id, rule_name=rule.name, state="dead")
    failed.destination_id, failed.destination_name, failed.lane = to.id, to.name, to.lane
    failed.event_type, failed.finished_at = "deal.won", now()
    session.add(failed)
    session.flush()
    session.add(Attempt(**mine, delivery_id=failed.id, outcome="refused", http_status=404, took_ms=12))
    return failed


def _digest(session: Session, tenant_id: int) -> Digest:
    space = session.scalars(select(Space).where(Space.tenant_id == tenant_id)).one()
    digest = Digest(tenant_id=tenant_id, scope="space", space_id=space.id, every="daily", clock="09:00")
    digest.day, digest.timezone, digest.due_at = "mon", "UTC", now() + timedelta(hours=1)
    session.add(digest)
    session.flush()
    return digest


def _report(session: Session, tenant_id: int) -> int:
    space = session.scalars(select(Space).where(Space.tenant_id == tenant_id)).one()
    report = ReportSchedule(tenant_id=tenant_id, space_id=space.id, every="weekly", clock="09:00", day="mon")
    report.by, report.timezone, report.due_at = "rule", "UTC", now() + timedelta(hours=1)
    session.add(report)
    session.flush()
    return report.id


def _reminder(session: Session, tenant_id: int, email: str, number: int) -> int:
    owner = session.scalars(select(User).where(User.tenant_id == tenant_id, User.email == email)).one()
    wait = DurableWait(tenant_id=tenant_id, user_id=owner.id, action=REMIND, key=f"key {number}")
    wait.due_at, wait.details = now() + timedelta(hours=1), {"words": "call Jana"}
    session.add(wait)
    session.flush()
    return wait.id


def _replay(session: Session, tenant_id: int, email: str, number: int) -> int:
    """Add a replay that was cancelled: one that runs would refuse another one."""
    owner = session.scalars(select(User).where(User.tenant_id == tenant_id, User.email == email)).one()
    wait = DurableWait(tenant_id=tenant_id, user_id=owner.id, action=REPLAY, key=f"replay-{number}")
    wait.due_at, wait.state = now(), WaitState.CANCELLED
    chosen = {"states": ["dead"], "rule": None, "destination": None, "since": None, "until": None}
    wait.details = {**chosen, "total": 3, "done": 1, "last": 1}
    session.add(wait)
    session.flush()
    return wait.id


def _notification(session: Session, tenant_id: int, email: str) -> int:
    owner = session.scalars(select(User).where(User.tenant_id == tenant_id, User.email == email)).one()
    row = Notification(tenant_id=tenant_id, user_id=owner.id, type="DEAL_WON", title="Lamps were won")
    row.channels = {"in_app": "sent", "chat": "off:usual", "email": "off:usual"}
    session.add(row)
    session.flush()
    return row.id


PIPELINE: Final = "77"  # of every team's Pipedrive


def _lead(session: Session, tenant_id: int, number: int) -> str:
    key = f"3f1c0c2a-0000-4000-8000-{number:012}"
    about: dict[str, Any] = {"tenant_id": tenant_id, "entity": "lead", "object_id": key}
    tracked = TrackedObject(**about, is_open=True, changed_at=now(), heard_at=now())
    tracked.state = b'{"state":{"title":"Lamps"},"permitted":null}'
    session.merge(KnownName(tenant_id=tenant_id, kind="pipeline", key=PIPELINE, text="Inbound"))
    session.add_all([tracked, Lead(**about, owner_id="1"), LeadHistory(**about, key="k", what="created")])
    session.flush()
    return key


def _program_session(session: Session, tenant_id: int, user_id: int, number: int) -> int:
    until = now() + timedelta(days=9)
    token = ApiToken(tenant_id=tenant_id, user_id=user_id, token_hash=f"hash {tenant_id} {number}")
    token.scopes, token.expires_at = ["read:rules"], until
    session.add(token)
    session.flush()
    opened = ApiSession(tenant_id=tenant_id, token_id=token.id, expires_at=until)
    session.add(opened)
    session.flush()
    return opened.id


def _day_off(session: Session, tenant_id: int) -> int:
    day = now().date() + timedelta(days=30)
    row = DayOff(tenant_id=tenant_id, first_day=day, last_day=day, name="Christmas")
    session.add(row)
    session.flush()
    return row.id


# Bodies of what is sent and of what comes later; within a year of the tests' clock.
LATER: Final[dict[str, Any]] = {
    "POST /admin/reminders": {"at": f"{now() + timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}", "words": "call Jana"},
    "POST /leads": {"title": "Inbound", "email": "jana@globex.test"},
    "PUT /leads/<id>": {"title": "New title"},
    "PUT /admin/score-weights": {"email": 15},
    "PUT /admin/lead-pipelines": {"chosen": [PIPELINE]},
    "POST /leads/<id>/assign": {"owner_id": "1"},
    "POST /leads/<id>/snooze": {
        "until": f"{now() + timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}",
        "reason": "Budget",
    },
    "POST /notifications": {"to": "admin@acme.test", "type": "DEAL_WON", "title": "Won"},
    "POST /notifications/batch": {
        "notifications": [{"to": "admin@acme.test", "type": "DEAL_WON", "title": "Won"}]
    },
    "PUT /notifications/preferences/places": {"space": None},
    "PUT /notifications/preferences": {"preferences": {"DEAL_WON": {"chat": "digest"}}},
    "PUT /admin/notification-defaults": {"defaults": {"DEAL_LOST": {"chat": {"mode": "now"}}}},
    "POST /admin/nudges/<id>/snooze": {
        "until": f"{now() + timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}",
        "reason": "waits for the offer",
    },
    "PUT /admin/nudge-settings": {"on": True, "checks": ["no_value"]},
    "PATCH /admin/nudge-settings": {"at": "09:30"},
    "PUT /admin/retention": {"events": 30, "deliveries": 20, "attempts": 10, "audit": 400},
    "PATCH /admin/retention": {"attempts": 5},
    "PUT /admin/encryption": {"contact_details": True},
    "POST /admin/holidays": {"first": f"{now() + timedelta(days=9):%Y-%m-%d}"},
}


def body_of(method: str, path: str) -> Any:
    """Return a body that the route takes, None for one that takes none."""
    number = next(_numbers)
    rule = {"name": f"Made {number}", "on": "deal.lost", "to": [], "enabled": False}
    bodies: dict[str, Any] = {
        "POST /admin/rules": rule,
        "PUT /admin/rules/<id>": rule,
        "PATCH /admin/rules/<id>": {"urgent": True},
        "POST /admin/rules/<id>/test": {},
        "POST /admin/rules/bulk": {"ids": [1], "action": "disable"},
        "POST /admin/rules/import": {"document": "rules: []", "dry_run": True},
        "POST /admin/rules/<id>/backtest": {"days": 1},
        "POST /admin/webhooks": {"name": f"N{number}", "url": URL % (f"N{number}", number)},
        "PUT /admin/webhooks/<id>": {"name": f"P{number}", "enabled": True},
        "PATCH /admin/webhooks/<id>": {"description": f"D{number}"},
        "POST /admin/templates": {"name": f"M{number}", "liquid": "{{ title }}"},
        "PUT /admin/templates/<id>": {"name": f"P{number}", "liquid": "{{ what }}"},
        "PATCH /admin/templates/<id>": {"liquid": f"{{{{ who }}}} {number}"},
        "POST /admin/templates/<id>/preview": {},
        "POST /admin/logs/replay": {"dry_run": True},
        "POST /admin/replays": {},
        "POST /admin/quiet-hours": WINDOW,
        "PUT /admin/quiet-hours/<id>": WINDOW,
        "PATCH /admin/quiet-hours/<id>": {"until": "07:30", "enabled": False},
        "POST /admin/mutes": {"scope": "user", "duration": "1h"},
        "POST /admin/digests": {"scope": "user", "every": "daily"},
        "PUT /admin/digests": {"scope": "user", "every": "weekly", "day": "tue"},
        "POST /admin/reports": {"scope": "user", "every": "daily"},
        "PUT /admin/reports": {"scope": "user", "every": "monthly", "by": "person"},
        "PUT /admin/stalled-settings": {"thresholds": [5, 9]},
        "PATCH /admin/stalled-settings": {"at": "08:30"},
        "POST /admin/users": {"email": f"new{number}@acme.test"},
        "POST /admin/users/<id>/export": {"kind": "user"},
        "PUT /admin/users/<id>": {"role": "analyst"},
        "PATCH /admin/users/<id>": {"role": "manager"},
        "PUT /admin/users/<id>/manager": {"manager_id": None},
        **(LATER | routing_bodies(number) | lead_source_bodies(number)),
    }
    return bodies.get(f"{method} {path}")
