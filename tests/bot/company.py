"""Acme with rules of Cleo, of Ada and of the Board, and what every entry of Chat is asked with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import select, update

from bot.context import BotDeps
from models.accounts.actor import Actor
from models.accounts.rights import Action
from models.database.engine import Database
from models.destinations.linking import link_space
from models.rules.history import DELETED
from models.security.audit import record
from models.tables import Delivery, Destination, Rule, RuleDestination, Space, Template, User
from models.tables.base import Base
from tests.bot.leads.lead_lines import LEAD_LINES
from tests.bot.nudges.nudge_lines import NUDGE_LINES
from tests.bot.routing.routing_lines import ROUTING_LINES
from tests.bot.rule_lines import (
    ATTENTION_LINES,
    INBOX_LINES,
    REMINDER_LINES,
    REPORT_LINES,
    RULE_LINES,
    SPACE_LINES,
)
from tests.bot.tokens.token_lines import TOKEN_LINES, token_of
from tests.chat import ADA, BOLTS, CLEO, DEALS, Chat, ParsedReply

REFUSED: Final = "You may not do this"
BOARD: Final = {"name": "spaces/BOARD", "displayName": "Board", "spaceType": "SPACE", "type": "ROOM"}
NOTHING_OF: Final[dict[str, str]] = {}
WRITES: Final = (Action.CARD_PRESS, NOTHING_OF)
RULE, PLACE, PERSON = ({name: f"{{{name}}}"} for name in ("rule", "place", "person"))

# The right of each entry, and the parameters (of a command: the words after its name) it is asked with.
LINES: Final[dict[str, tuple[Action, Any]]] = {
    "command about": (Action.HELP_READ, ""),
    "command audit": (Action.AUDIT_READ, "7d"),
    "command connect": (Action.CONNECTION_CHANGE, ""),
    "command connect me": (Action.CARD_PRESS, ""),
    "command deal show": (Action.DEAL_READ, "Acme"),
    "command digest": (Action.ATTENTION_SELF, "daily me"),
    "command digest now": (Action.ATTENTION_SELF, "me"),
    "command disconnect": (Action.CONNECTION_CHANGE, ""),
    "command help": (Action.HELP_READ, ""),
    "command home": (Action.HELP_READ, ""),
    "command language": (Action.ATTENTION_SELF, "de"),
    **LEAD_LINES,
    **SPACE_LINES,
    "command log": (Action.LOG_READ, ""),
    "command mute": (Action.ATTENTION_SELF, "1h me"),
    "command mute list": (Action.ATTENTION_SELF, ""),
    "button ops.ask": (Action.OPERATE, {"team": "1"}),
    "button ops.replay": (Action.OPERATE, {"team": "1"}),
    "button ops.show": (Action.OPERATE, {"view": "dead"}),
    "command ops": (Action.OPERATE, ""),
    "command ops replay": (Action.OPERATE, "Acme"),
    "command plan": (Action.OVERVIEW_READ, ""),
    "command prefs place": (Action.ATTENTION_SELF, "nowhere"),
    "command privacy": (Action.OVERVIEW_READ, ""),
    "command privacy encrypt": (Action.RETENTION_CHANGE, "on"),
    "button privacy.encrypt": (Action.RETENTION_CHANGE, {"to": "on"}),
    "button privacy.progress": (Action.OVERVIEW_READ, NOTHING_OF),
    "command quiet": (Action.ATTENTION_SELF, "me"),
    "command quiet off": (Action.ATTENTION_SELF, "me"),
    "command quiet set": (Action.ATTENTION_SELF, "19:00-08:00 me"),
    "command quiet urgent": (Action.ATTENTION_SELF, "on me"),
    "command retry": (Action.LOG_RETRY, "{delivery}"),
    "command stalled": (Action.DEAL_READ, ""),
    "command stalled set": (Action.SPACE_CHANGE, ""),
    "command status": (Action.OVERVIEW_READ, ""),
    "command team invite": (Action.PEOPLE_CHANGE, ""),
    "command team list": (Action.PEOPLE_READ, ""),
    "command team manager": (Action.PEOPLE_CHANGE, "{person} me"),
    "command team remove": (Action.PEOPLE_CHANGE, "{person}"),
    "command team role": (Action.PEOPLE_CHANGE, "{person} viewer"),
    "command why": (Action.WHY_READ, ""),
    "command unmute": (Action.ATTENTION_SELF, "me"),
    "button connection.leave": (Action.CONNECTION_CHANGE, NOTHING_OF),
    "button connection.show": (Action.CONNECTION_CHANGE, NOTHING_OF),
    "button delivery.why": (Action.WHY_READ, {"delivery": "{delivery}"}),
    "button activity.done": (Action.CARD_PRESS, NOTHING_OF),
    "button deal.claim": (Action.CARD_PRESS, NOTHING_OF),
    "button deal.won": (Action.CARD_PRESS, NOTHING_OF),
    "button deal.show": (Action.DEAL_READ, NOTHING_OF),
    "button help.show": (Action.HELP_READ, NOTHING_OF),
    "button log.retry": (Action.LOG_RETRY, {"delivery": "{delivery}"}),
    "button log.show": (Action.LOG_READ, NOTHING_OF),
    "button report.show": (Action.LOG_READ, NOTHING_OF),
    "button rule.mute": (Action.ATTENTION_SELF, {**RULE, "where": "me"}),
    "button phrase.say": (Action.HELP_READ, {"phrase": "help"}),
    "button restricted.ask": (Action.RULE_REVEAL, RULE),
    "button restricted.open": (Action.RULE_REVEAL, RULE),
    "button restricted.rules": (Action.RULE_REVEAL, NOTHING_OF),
    "button restricted.undo": (Action.RULE_REVEAL, {"entry": "{entry}"}),
    "button rule.delete": (Action.RULE_CHANGE, RULE),
    "button rule.list": (Action.RULE_READ, NOTHING_OF),
    "button rule.remove": (Action.RULE_CHANGE, RULE),
    "button rule.reveal": (Action.RULE_REVEAL, {**RULE, "to": "on"}),
    "button rule.show": (Action.RULE_READ, RULE),
    "button rule.test": (Action.RULE_CHANGE, RULE),
    "button rule.toggle": (Action.RULE_CHANGE, {**RULE, "to": "off"}),
    "button rule.try": (Action.RULE_CHANGE, RULE),
    "button rule.undo": (Action.RULE_CHANGE, {"entry": "{entry}"}),
    "button team.drop": (Action.PEOPLE_CHANGE, PERSON),
    "button team.list": (Action.PEOPLE_READ, NOTHING_OF),
    "button team.remove": (Action.PEOPLE_CHANGE, PERSON),
    "button team.restore": (Action.PEOPLE_CHANGE, PERSON),
    "button team.show": (Action.PEOPLE_READ, PERSON),
    "button why.show": (Action.WHY_READ, {"event": "{delivery}"}),
    "dialog card.activity": (Action.CARD_PRESS, NOTHING_OF),
    "dialog card.assign": (Action.CARD_PRESS, NOTHING_OF),
    "dialog card.lose": (Action.CARD_PRESS, NOTHING_OF),
    "dialog card.move": (Action.CARD_PRESS, NOTHING_OF),
    "dialog card.note": (Action.CARD_PRESS, NOTHING_OF),
    "dialog deal.activity": (Action.CARD_PRESS, NOTHING_OF),
    "dialog deal.assign": (Action.CARD_PRESS, NOTHING_OF),
    "dialog deal.lost": (Action.CARD_PRESS, NOTHING_OF),
    "dialog deal.move": (Action.CARD_PRESS, NOTHING_OF),
    "dialog deal.note": (Action.CARD_PRESS, NOTHING_OF),
    **dict.fromkeys(("button reply.write", "dialog reply.change", "dialog reply.save"), WRITES),
    "button stalled.list": (Action.DEAL_READ, NOTHING_OF),
    "dialog rule.edit": (Action.RULE_CHANGE, RULE),
    "dialog rule.find": (Action.RULE_MAKE, NOTHING_OF),
    "dialog rule.form": (Action.RULE_MAKE, NOTHING_OF),
    "dialog rule.new": (Action.RULE_MAKE, NOTHING_OF),
    "dialog rule.save": (Action.RULE_MAKE, NOTHING_OF),
    "dialog team.add": (Action.PEOPLE_CHANGE, NOTHING_OF),
    "dialog team.grant": (Action.PEOPLE_CHANGE, PERSON),
    "dialog team.invite": (Action.PEOPLE_CHANGE, NOTHING_OF),
    "dialog team.line": (Action.PEOPLE_CHANGE, PERSON),
    "dialog team.report": (Action.PEOPLE_CHANGE, PERSON),
    "dialog team.role": (Action.PEOPLE_CHANGE, PERSON),
    "dialog stalled.ask": (Action.CARD_PRESS, NOTHING_OF),
    "dialog stalled.follow": (Action.CARD_PRESS, NOTHING_OF),
    "dialog stalled.plan": (Action.CARD_PRESS, NOTHING_OF),
    "dialog stalled.save": (Action.SPACE_CHANGE, NOTHING_OF),
    "dialog stalled.set": (Action.SPACE_CHANGE, NOTHING_OF),
    "dialog stalled.snooze": (Action.CARD_PRESS, NOTHING_OF),
    **ATTENTION_LINES,
    **INBOX_LINES,
    **(NUDGE_LINES | REMINDER_LINES | ROUTING_LINES),
    **(REPORT_LINES | RULE_LINES),
    **TOKEN_LINES,
}
DRAFT_FORM: Final = {"name": ["Mine"], "on": ["deal.lost"], "to": [DEALS["name"]], "template": ["compact"]}
EVE: Final = "https://chat.googleapis.com/v1/spaces/EVE/messages?key=k&token=t"
WEBHOOK_FORM: Final = {"kind": ["webhook"], "name": ["eve"], "url": [EVE]}
FILLED: Final = {
    "rule.save": DRAFT_FORM,
    "rule.form": {"on": ["deal.won"]},
    "space.save": WEBHOOK_FORM,
    "template.save": {"name": ["Hurra"], "source": ["{{ title }}"]},
    "template.preview": {"name": ["Hurra"], "source": ["{{ title }}"]},
    "team.add": {"email": ["zoe@acme.test"], "role": ["viewer"]},
    "team.grant": {"role": ["manager"]},
    "team.report": {"manager": ["cleo@acme.test"]},
    "mute.save": {"where": ["me"], "span": ["1h"]},
    "digest.save": {"every": ["daily"], "clock": ["09:00"]},
    "quiet.save": {"from1": ["19:00"], "until1": ["08:00"], "days1": ["mon"], "timezone": ["Europe/Prague"]},
}


@dataclass(frozen=True)
class Objects:
    """Numbers: a rule, where it posts, its failed delivery, a deleted rule's entry, a person, a template.

    And a token of whoever made the rule, 0 where that is no user yet.
    """

    rule: int
    place: int
    delivery: int
    entry: int
    person: int
    template: int
    token: int


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
    token = token_of(session, tenant_id, made_by)
    return Objects(rule.id, place.id, failed.id, entry.id, person.id, template.id, token)


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


OPENED: Final = {"rule.delete", "space.remove", "team.remove", "restricted.ask", "token.ask"}


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
    if kind == "dialog" or name in OPENED:
        return company.chat.open(name, **parameters)
    return company.chat.click(name, **parameters)


def vars_of(about: Objects) -> dict[str, int]:
    return asdict(about)


def contents(database: Database) -> dict[str, list[Any]]:
    """Every row of all tenants, but for the stored answers and who was met in Chat."""
    skipped = {"interactions", "users", "tickets"}
    with database.reading_all() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
            if table.name not in skipped
        }
