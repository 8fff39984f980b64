"""A team of people who see different things in Pipedrive, and leads and deals that some may not see."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select

from models.accounts.actor import system
from models.accounts.tokens import actor_of_user
from models.clock import now
from models.connections.names import remember
from models.nudges.mornings import ask, read_morning
from models.nudges.settings import NudgePlan, set_plan
from models.pipedrive.names import Name
from models.tables import (
    Assignment,
    Delivery,
    DurableWait,
    Lead,
    LeadHistory,
    Notification,
    NudgeCard,
    NudgeLine,
    NudgeSettings,
    Tenant,
    TrackedObject,
    User,
)
from tests.chat import Chat, bot_deps
from tests.models.leads.deals import INBOUND, choose, name_pipelines
from tests.models.leads.known import add_users, hear, lead_id, look
from tests.models.routing.team import route_due, set_policy
from tests.models.stalled.following import change
from tests.web.api.conftest import ACME, BOLT, Api

Seen = list[int] | None  # who may see an object; None for everybody
MATCHED: Final = {"admin": 1, "manager": 2, "sales_rep": 3}  # users of Pipedrive by role; 4 has no role here
USERS: Final = (1, 2, 3, 4)
ROLES: Final = (*MATCHED, "viewer")
FIRST_PROSPECT: Final = 71  # the number of the first deal that is a lead
COMMON: Final = "falcon"  # a word of every title: searches type it, never a canary
SWEPT: Final = (
    NudgeLine,
    NudgeCard,
    DurableWait,
    Assignment,
    Notification,
    Delivery,
    LeadHistory,
    Lead,
    TrackedObject,
)
_canaries = itertools.count(1)


def may_see(role: str, seen_by: Seen) -> bool:
    """Tell what Pipedrive would show: an unmatched person sees what everybody sees."""
    if seen_by is None:
        return True
    return MATCHED[role] in seen_by if role in MATCHED else set(USERS) <= set(seen_by)


@dataclass
class Planted:
    """Objects of Acme by number: who may see each, and the word that nobody else may read."""

    seen_by: dict[str, Seen] = field(default_factory=dict)
    canaries: dict[str, str] = field(default_factory=dict)

    def forbidden(self, role: str) -> set[str]:
        return {self.canaries[key] for key, seen in self.seen_by.items() if not may_see(role, seen)}

    def seen(self, role: str, kind: str) -> set[str]:
        """The canaries of the leads, or of the deals, that a person may see."""
        mine = {key: seen for key, seen in self.seen_by.items() if key.startswith(kind)}
        return {self.canaries[key] for key, seen in mine.items() if may_see(role, seen)}


@dataclass
class Company:
    """Acme, and Bolt beside it, whose words nobody of Acme may read."""

    api: Api
    monday: datetime

    @property
    def tenant_id(self) -> int:
        return self.api.tenants[ACME]

    def chat(self, role: str, team: str = ACME) -> Chat:
        person = {"name": f"users/{role}{team}", "email": f"{role}@{team}.test", "displayName": role}
        space = {"name": f"spaces/{team}", "displayName": "Deals", "spaceType": "SPACE", "type": "ROOM"}
        return Chat(bot_deps(self.api.database), "classic", person | {"type": "HUMAN"}, space)

    def plant(
        self, leads: list[Seen], deals: list[Seen], owners: list[int], prospects: Sequence[Seen] = ()
    ) -> Planted:
        """Forget all objects, then let Pipedrive tell of these, route the leads, and ask for the deals.

        `prospects` are deals of a pipeline whose deals are leads: they are among both.
        """
        with self.api.database.writing_all() as session:
            for table in SWEPT:
                session.execute(delete(table))
        planted = Planted()
        for kind, all_seen in (("lead", leads), ("deal", deals)):
            for number, seen_by in enumerate(all_seen, 1):
                self._tell(planted, kind, number, seen_by, owners[number % len(owners)])
        for number, seen_by in enumerate(prospects, FIRST_PROSPECT):
            owner = owners[number % len(owners)]
            self._tell(planted, "deal", number, seen_by, owner, pipeline_id=int(INBOUND))
            planted.seen_by[f"lead{number}"] = seen_by
            planted.canaries[f"lead{number}"] = planted.canaries[f"deal{number}"]
        hear(self.api.database, self.api.tenants[BOLT], 1, title=f"{COMMON} bolt", owner_id=1)
        look(self.api.database)
        route_due(self.api.database, now() + timedelta(seconds=2))
        self._ask()
        return planted

    def _tell(self, planted: Planted, kind: str, number: int, seen_by: Seen, owner: int, **more: Any) -> None:
        canary, key = f"kanari{next(_canaries)}x", f"{kind}{number}"
        planted.seen_by[key], planted.canaries[key] = seen_by, canary
        base = (10 if kind == "lead" else 50) + number
        names = {(self.tenant_id, ("person", str(base))): Name(f"P {canary}")}
        names |= {(self.tenant_id, ("organization", str(base))): Name(f"O {canary}")}
        with self.api.database.writing_all() as session:
            remember(session, names)
        state: dict[str, Any] = {"title": f"{COMMON} {canary}", "owner_id": owner, "organization_id": base}
        state |= more
        person: dict[str, Any] = {"name": f"P {canary}", "emails": [{"value": f"{canary}@x.test"}]}
        database, meta = self.api.database, {"permitted_user_ids": list(map(str, seen_by or []))}
        hidden: dict[str, Any] = {} if seen_by is None else {"meta": meta}
        hear(database, self.tenant_id, base, entity="person", seen_by=seen_by, **person)
        if kind == "lead":
            hear(database, self.tenant_id, number, seen_by=seen_by, person_id=base, **state)
            link = {"lead_id": lead_id(number)}
        elif number >= FIRST_PROSPECT:
            hear(database, self.tenant_id, number, entity="deal", seen_by=seen_by, person_id=base, **state)
            link = {"deal_id": str(number)}
        else:
            change(database, self.tenant_id, number, now() - timedelta(days=40), **state, **hidden)
            link = {"deal_id": str(number)}
        call: dict[str, Any] = {"subject": f"Call {canary}", "due_date": "2026-01-05", **link}
        hear(database, self.tenant_id, base, entity="activity", seen_by=seen_by, **call)

    def _ask(self) -> None:
        with self.api.database.writing(self.tenant_id) as session:
            due, _ = read_morning(session, session.get_one(NudgeSettings, self.tenant_id), self.monday)
        for each in due:
            with self.api.database.writing(self.tenant_id) as session:
                ask(session, self.tenant_id, each, self.monday)


def open_company(api: Api) -> Company:
    """Acme with a person of each role, all leads routed to any of three, and nudges on."""
    at = now() + timedelta(days=7 - now().weekday())
    monday = at.astimezone(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    company = Company(api, monday)
    for tenant_id in api.tenants.values():
        add_users(api.database, tenant_id, *USERS)
    with api.database.writing_all() as session:
        for tenant in session.scalars(select(Tenant)):
            tenant.timezone = "UTC"
        for user in session.scalars(select(User)):
            role, number = user.email.partition("@")[0], MATCHED.get(user.email.partition("@")[0])
            user.chat_name = f"users/{role}{user.tenant_id}"
            user.pipedrive_user_id = str(number) if number else None
        session.flush()
    name_pipelines(api.database, *api.tenants.values())
    choose(api.database, company.tenant_id, INBOUND)
    with api.database.writing(company.tenant_id) as session:
        set_plan(session, system(company.tenant_id, "test"), NudgePlan(is_on=True, at="08:30"), now())
    with api.database.reading(company.tenant_id) as session:
        users = session.scalars(select(User).where(User.tenant_id == company.tenant_id).order_by(User.id))
        people = [actor_of_user(session, each) for each in users if each.pipedrive_user_id]
    set_policy(api.database, people, now() - timedelta(days=1), claim_minutes=30)
    return company
