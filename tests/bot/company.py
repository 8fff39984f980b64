"""Acme with rules of Cleo, of Ada and of the Board, and what every entry of Chat is asked with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from bot.context import BotDeps
from models.accounts.actor import Actor
from models.database.engine import Database
from models.destinations.linking import link_space
from models.rules.history import DELETED
from models.security.audit import record
from models.tables import Delivery, Destination, Rule, RuleDestination, Space, Template, User
from models.tables.base import Base
from tests.bot.entries import BOARD, FILLED, LINES
from tests.chat import ADA, BOLTS, CLEO, DEALS, Chat, ParsedReply


@dataclass(frozen=True)
class Objects:
    """Numbers: a rule, where it posts, its failed delivery, a deleted rule's entry, a person, a template."""

    rule: int
    place: int
    delivery: int
    entry: int
    person: int
    template: int


@dataclass(frozen=True)
class Company:
    """Acme, where Cleo asks in Deals, with her own rule, another's rule there, and one of the Board's."""

    chat: Chat
    database: Database
    tenant_id: int
    own: Objects
    here: Objects
    elsewhere: Objects
    foreign: Objects

    def add(self, name: str, space: dict[str, str], made_by: str) -> Objects:
        """Add a rule of its own to Acme, so that what was asked before does not matter."""
        with self.database.writing_all() as session:
            return _objects(session, self.tenant_id, name, space, made_by)

    def restore_places(self) -> None:
        """Link Deals again and resume what is paused, if the last one who asked did so."""
        with self.database.writing_all() as session:
            link_space(session, self.tenant_id, DEALS["name"], "Deals")
            session.execute(update(Destination).values(is_active=True, paused_because=None))


def _objects(session: Any, tenant_id: int, name: str, space: dict[str, str], made_by: str) -> Objects:
    """A rule that posts to a space (linked when it is not yet), with a failed delivery; and a deleted one."""
    mine = (Destination.tenant_id == tenant_id, Destination.name == space["name"])
    place = session.scalar(select(Destination).where(*mine))
    if place is None:
        linked = Space(tenant_id=tenant_id, name=space["name"], title=space["displayName"])
        session.add(linked)
        session.flush()
        place = Destination(tenant_id=tenant_id, kind="chat_space", name=space["name"], space_id=linked.id)
        place.address = place.lane = space["name"]
        session.add(place)
        session.flush()
    rule = Rule(tenant_id=tenant_id, name=name, event_types=["deal.won"], made_by=made_by)
    session.add(rule)
    session.flush()
    failed = Delivery(
        tenant_id=tenant_id, rule_id=rule.id, rule_name=name, event_type="deal.won", state="dead"
    )
    failed.destination_id, failed.destination_name, failed.lane = place.id, place.name, place.lane
    session.add_all([RuleDestination(tenant_id=tenant_id, rule_id=rule.id, destination_id=place.id), failed])
    session.flush()
    gone = f"Deleted: {name}"
    draft: dict[str, Any] = {"name": gone, "on": ["deal.won"], "when": None, "to": [], "template": "compact"}
    draft |= {"enabled": False}
    actor = Actor(made_by or ADA["email"], tenant_id)
    entry = record(session, actor, DELETED, gone, draft=draft, made_by=made_by)
    person = User(tenant_id=tenant_id, email=f"person{rule.id}@acme.test", role="analyst")
    template = Template(tenant_id=tenant_id, name=f"Look of {name}", source="{{ title }}")
    session.add_all([person, template])
    session.flush()
    return Objects(rule.id, place.id, failed.id, entry.id, person.id, template.id)


def found_company(deps: BotDeps, tenants: tuple[int, int]) -> Company:
    ours, theirs = tenants
    with deps.database.writing_all() as session:
        own = _objects(session, ours, "Rule of Cleo", DEALS, CLEO["email"])
        here = _objects(session, ours, "Rule of Ada", DEALS, ADA["email"])
        elsewhere = _objects(session, ours, "Secret acquisitions", BOARD, ADA["email"])
        foreign = _objects(session, theirs, "Rule of Bolt", BOLTS, CLEO["email"])
    chat = Chat(deps, "classic", CLEO, DEALS)
    return Company(chat, deps.database, ours, own, here, elsewhere, foreign)


def take_role(company: Company, role: str | None) -> None:
    """Make Cleo a user of this role; a guest is no user."""
    if role is not None:
        with company.database.writing_all() as session:
            session.add(User(tenant_id=company.tenant_id, email=CLEO["email"], role=role))


def ask(company: Company, line: str, about: Objects) -> ParsedReply:
    kind, _, name = line.partition(" ")
    words = LINES[line][1]
    numbers = vars_of(about)
    if kind == "command":
        return company.chat.say(f"{'' if name == 'home' else name} {words}".strip().format(**numbers))
    parameters = {key: value.format(**numbers) for key, value in words.items()}
    if name == "template.delete":
        return company.chat.open(name, **parameters)
    if name in FILLED:
        return company.chat.submit(name, FILLED[name], **parameters)
    if kind == "dialog" or name in {"rule.delete", "space.remove", "team.remove", "restricted.ask"}:
        return company.chat.open(name, **parameters)
    return company.chat.click(name, **parameters)


def vars_of(about: Objects) -> dict[str, int]:
    return {
        name: getattr(about, name) for name in ("rule", "place", "delivery", "entry", "person", "template")
    }


def contents(database: Database) -> dict[str, list[Any]]:
    """Every row of all tenants, but for the stored answers and who was met in Chat."""
    skipped = {"interactions", "users", "tickets"}
    with database.reading_all() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
            if table.name not in skipped
        }
