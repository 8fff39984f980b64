"""Everything that is kept of a person in a team: counted, exported, and erased."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.limits import EXPORTS, require_seldom
from models.accounts.permissions import require
from models.accounts.queries import get_user
from models.accounts.rights import Action
from models.errors import InvalidRequest, NotFound
from models.maintenance.export import ExportPart, read_rows
from models.maintenance.remove_user import remove_user
from models.security.audit import record
from models.security.contents import is_text
from models.tables.accounts import BrowserSession, ConnectLink, OAuthFlow, ReportingLine, User
from models.tables.api import ApiToken
from models.tables.attention import Digest, Mute
from models.tables.audit import AuditEntry
from models.tables.card_actions import CardAction
from models.tables.connections import Connection, PersonalConnection, PipedriveUser
from models.tables.deliveries import Delivery
from models.tables.destinations import Destination, QuietHours
from models.tables.imports import LeadImport, LeadImportRow
from models.tables.leads import IntakeForm, IntakeSubmission, LeadHistory, LeadPipeline
from models.tables.notifications import Notification, NotificationPlace, NotificationPreference
from models.tables.nudges import NudgeCard, NudgeLine, NudgeSnooze
from models.tables.reports import Figure, ReportSchedule
from models.tables.routing import Absence, Assignment, RoutingPolicy
from models.tables.rules import Rule
from models.tables.waits import DayOff, DurableWait

GOES: Final = "is deleted"
FORGETS: Final = "stays, without their name"
STAYS: Final = "stays"
LOGS: Final = "The log of the service names our ids, and is deleted by whoever runs the service, by its age."
BACKUPS: Final = (
    "Backups hold what the database held when they were made, until they are deleted by their age."
)
OF_PIPEDRIVE: Final = "Events of Pipedrive may name them, too: those are deleted by their age."


@dataclass(frozen=True, slots=True)
class PersonKind:
    """One kind of rows that a person may have, and what becomes of it when they are erased."""

    name: str
    fate: str
    table: Any
    of: Callable[[User], Any]


@dataclass(frozen=True, slots=True)
class PersonPart:
    """How many rows of a kind a person has."""

    name: str
    fate: str
    count: int


def _of_user(table: Any) -> Callable[[User], Any]:
    return lambda user: table.user_id == user.id


def _named(column: Any) -> Callable[[User], Any]:
    return lambda user: func.lower(column) == user.email


def _reached_by(table: Any) -> Callable[[User], Any]:
    return lambda user: is_text(table, "email", user.tenant_id, user.email)


def _to_them(user: User) -> Any:
    mine = (Destination.tenant_id == user.tenant_id, Destination.name == user.email)
    return Delivery.destination_id.in_(select(Destination.id).where(*mine))


KINDS: Final = (
    PersonKind("user", GOES, User, lambda user: User.id == user.id),
    PersonKind("browsers signed in", GOES, BrowserSession, _named(BrowserSession.email)),
    PersonKind("sign-ins begun", GOES, OAuthFlow, _named(OAuthFlow.email)),
    PersonKind("links given in Chat", GOES, ConnectLink, _named(ConnectLink.email)),
    PersonKind("tokens of programs", GOES, ApiToken, _of_user(ApiToken)),
    PersonKind("own connection to Pipedrive", GOES, PersonalConnection, _of_user(PersonalConnection)),
    PersonKind("own quiet hours", GOES, QuietHours, _of_user(QuietHours)),
    PersonKind("own mutes", GOES, Mute, _of_user(Mute)),
    PersonKind("own digests", GOES, Digest, _of_user(Digest)),
    PersonKind("own scheduled reports", GOES, ReportSchedule, _of_user(ReportSchedule)),
    PersonKind("who their manager is", GOES, ReportingLine, _of_user(ReportingLine)),
    PersonKind(
        "whose manager they are", GOES, ReportingLine, lambda user: ReportingLine.manager_id == user.id
    ),
    PersonKind("figures of their presses", GOES, Figure, _of_user(Figure)),
    PersonKind("notifications", GOES, Notification, _of_user(Notification)),
    PersonKind("what they want of them", GOES, NotificationPreference, _of_user(NotificationPreference)),
    PersonKind("where else they go", GOES, NotificationPlace, _of_user(NotificationPlace)),
    PersonKind("mornings with nudges", GOES, NudgeCard, _of_user(NudgeCard)),
    PersonKind("nudges", GOES, NudgeLine, _of_user(NudgeLine)),
    PersonKind("nudges they put off", GOES, NudgeSnooze, _of_user(NudgeSnooze)),
    PersonKind("own reminders", GOES, DurableWait, _of_user(DurableWait)),
    PersonKind("own days off", GOES, DayOff, _of_user(DayOff)),
    PersonKind("what they did with leads", GOES, LeadHistory, _of_user(LeadHistory)),
    PersonKind("leads that were given to them", GOES, Assignment, _of_user(Assignment)),
    PersonKind("that they are away", GOES, Absence, _of_user(Absence)),
    PersonKind("presses on cards", GOES, CardAction, _of_user(CardAction)),
    PersonKind("direct message as a destination", GOES, Destination, _named(Destination.name)),
    PersonKind("what they entered in forms", GOES, IntakeSubmission, _reached_by(IntakeSubmission)),
    PersonKind("rows of imported files about them", GOES, LeadImportRow, _reached_by(LeadImportRow)),
    PersonKind("rules they made", FORGETS, Rule, _named(Rule.made_by)),
    PersonKind("routing policies they made", FORGETS, RoutingPolicy, _named(RoutingPolicy.made_by)),
    PersonKind("pipelines of leads they chose", FORGETS, LeadPipeline, _named(LeadPipeline.chosen_by)),
    PersonKind("forms they made", FORGETS, IntakeForm, _named(IntakeForm.made_by)),
    PersonKind("files of leads they imported", FORGETS, LeadImport, _named(LeadImport.made_by)),
    PersonKind("mutes they set", FORGETS, Mute, _named(Mute.muted_by)),
    PersonKind("deliveries to them", FORGETS, Delivery, _to_them),
    PersonKind("user of the team's Pipedrive", STAYS, PipedriveUser, _named(PipedriveUser.email)),
    PersonKind("connection they made", STAYS, Connection, _named(Connection.connected_by)),
    PersonKind("what they did, in the audit trail", STAYS, AuditEntry, _named(AuditEntry.actor)),
)


def count_person(session: Session, actor: Actor, user_id: int) -> tuple[User, list[PersonPart]]:
    """Return a user of the tenant, with how much is kept of them. Raises NotAllowed, NotFound."""
    user = _user(session, actor, user_id)
    return user, [PersonPart(each.name, each.fate, _count(session, each, user)) for each in KINDS]


def begin_person_export(
    session: Session, actor: Actor, user_id: int
) -> tuple[dict[str, Any], list[ExportPart]]:
    """Note in the trail that a user of the tenant is exported; return the head and the parts of their file.

    See `models.maintenance.export.json_pieces`. Raises NotAllowed, NotFound, TooOften (see `EXPORTS`).
    """
    user = _user(session, actor, user_id)
    require_seldom(session, actor.tenant, EXPORTS)
    record(session, actor, "user.exported", user.email)
    return {"person": user.email, "elsewhere": [LOGS, BACKUPS, OF_PIPEDRIVE]}, person_parts(user)


def person_parts(user: User) -> list[ExportPart]:
    """Return what an export of a user has, by kind."""
    return [ExportPart(each.name, each.table.__table__, and_(*_where(each, user))) for each in KINDS]


def read_person_rows(
    session: Session, actor: Actor, user_id: int, kind: str, after: int, most: int
) -> list[dict[str, Any]]:
    """Return the next rows of a kind that are kept of a user, in the order of their ids; the trail says so.

    `after` is the id of the last row that was read, 0 at first. Raises NotAllowed, NotFound, and TooOften
    for too many first parts (see `EXPORTS`).
    """
    user = _user(session, actor, user_id)
    part = next((each for each in person_parts(user) if each.name == kind), None)
    if part is None:
        raise NotFound
    if not after:
        require_seldom(session, actor.tenant, EXPORTS)
    record(session, actor, "user.exported", user.email, kind=kind, after=after)
    return read_rows(session, part, [after] if after else [], most)


def erase_user(session: Session, actor: Actor, user_id: int, typed_email: str) -> User:
    """Erase a person from the team, if their e-mail was typed (see `remove_user`).

    Raises NotAllowed, NotFound, and InvalidRequest for another e-mail, the last admin and oneself.
    """
    user = _user(session, actor, user_id)
    if typed_email.strip().lower() != user.email:
        raise InvalidRequest(
            user_message="That is not the e-mail address of this person, so nothing was erased."
        )
    return remove_user(session, actor, user_id)


def _user(session: Session, actor: Actor, user_id: int) -> User:
    require(session, actor, Action.PEOPLE_CHANGE)
    found = get_user(session, actor.tenant, user_id)
    if found is None:
        raise NotFound
    return found


def _where(kind: PersonKind, user: User) -> Sequence[Any]:
    return (kind.table.tenant_id == user.tenant_id, kind.of(user))


def _count(session: Session, kind: PersonKind, user: User) -> int:
    return session.scalar(select(func.count()).select_from(kind.table).where(*_where(kind, user))) or 0
