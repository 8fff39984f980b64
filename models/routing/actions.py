"""What people do about routing: set policies, switch, undo and delete them, and say that they are away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import refusal, require
from models.accounts.rights import Action
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr
from models.pipedrive.filters.filters import InvalidFilter
from models.pipedrive.names import Json, Names
from models.routing.policies import (
    BY_FIELD,
    WITH_PARTS,
    PolicyDraft,
    draft_of,
    parse_when,
    part_of,
    policies_of,
    team_names,
)
from models.security.audit import record
from models.tables.accounts import User
from models.tables.routing import Absence, RoutingMethod, RoutingPolicy

MOST_POLICIES: Final = 200
MOST_PEOPLE: Final = 100
MOST_PARTS: Final = 50
MOST_MINUTES: Final = 7 * 24 * 60
MOST_LEADS: Final = 100_000
NAME_LETTERS: Final = 60
FIELD_LETTERS: Final = 80
LONGEST_ABSENCE: Final = timedelta(days=366)


def add_policy(session: Session, actor: Actor, draft: PolicyDraft, at: datetime) -> RoutingPolicy:
    """Add a policy for leads that come from now on. Raises NotAllowed, InvalidRequest."""
    require(session, actor, Action.SPACE_CHANGE)
    if len(policies_of(session, actor.tenant)) >= MOST_POLICIES:
        raise InvalidRequest(user_message=tr("There are {most} policies already.", most=MOST_POLICIES))
    draft = _checked(session, actor, draft)
    row = RoutingPolicy(tenant_id=actor.tenant, pointers={}, made_by=actor.name, created_at=at)
    _fill(row, _stored(draft))
    session.add(row)
    session.flush()
    _record(session, actor, "routing.added", row)
    return row


def change_policy(session: Session, actor: Actor, policy_id: int, draft: PolicyDraft) -> RoutingPolicy:
    """Change a policy; leads that are offered stay where they are.

    Raises NotAllowed, NotFound, InvalidRequest.
    """
    row = _lock(session, actor, policy_id)
    draft = _checked(session, actor, draft, row.id)
    present, wanted = _stored(draft_of(row)), _stored(draft)
    if present == wanted:
        return row
    _keep(row)
    _fill(row, wanted)
    session.flush()
    _record(session, actor, "routing.changed", row)
    return row


def switch_policy(session: Session, actor: Actor, policy_id: int, *, is_on: bool) -> RoutingPolicy:
    """Switch a policy on or off. Raises NotAllowed, NotFound, InvalidRequest."""
    row = _lock(session, actor, policy_id)
    return change_policy(session, actor, policy_id, replace(draft_of(row), is_on=is_on))


def undo_policy(session: Session, actor: Actor, policy_id: int) -> RoutingPolicy:
    """Take the last change of a policy back; once more brings it again.

    Raises NotAllowed, NotFound, and InvalidRequest where nothing was changed, or people have left since.
    """
    row = _lock(session, actor, policy_id)
    if row.previous is None:
        raise InvalidRequest(user_message=tr("Nothing was changed since it was made."))
    before = _read(row.previous)
    return change_policy(session, actor, policy_id, before)


def delete_policy(session: Session, actor: Actor, policy_id: int) -> RoutingPolicy:
    """Delete a policy; return the row that is gone. Raises NotAllowed, NotFound."""
    row = _lock(session, actor, policy_id)
    session.delete(row)
    _record(session, actor, "routing.deleted", row)
    session.flush()
    return row


def go_away(session: Session, actor: Actor, until: datetime | None, at: datetime) -> Absence:
    """Give the actor no new leads until then, None until they are back. Raises NotAllowed, InvalidRequest."""
    user_id = _own(session, actor)
    if until is not None and not at < until <= at + LONGEST_ABSENCE:
        raise InvalidRequest.of_field("until", tr("Choose a moment to come, within a year."))
    row = session.get(Absence, (actor.tenant, user_id), with_for_update=True)
    if row is None:
        row = Absence(tenant_id=actor.tenant, user_id=user_id, since=at)
        session.add(row)
    row.until = until
    session.flush()
    record(session, actor, "available.off", actor.name, until=until.isoformat() if until else None)
    return row


def come_back(session: Session, actor: Actor) -> bool:
    """Give the actor new leads again; False if they were not away. Raises NotAllowed."""
    row = session.get(Absence, (actor.tenant, _own(session, actor)), with_for_update=True)
    if row is None:
        return False
    session.delete(row)
    record(session, actor, "available.on", actor.name)
    session.flush()
    return True


def get_policy(session: Session, actor: Actor, policy_id: int) -> RoutingPolicy:
    """Return a policy of the tenant. Raises NotAllowed, NotFound."""
    require(session, actor, Action.DEAL_READ)
    row = session.get(RoutingPolicy, (actor.tenant, policy_id))
    if row is None:
        raise NotFound(user_message=tr("There is no such routing policy."))
    return row


def _lock(session: Session, actor: Actor, policy_id: int) -> RoutingPolicy:
    require(session, actor, Action.SPACE_CHANGE)
    row = get_policy(session, actor, policy_id)
    session.refresh(row, with_for_update=True)
    return row


def _own(session: Session, actor: Actor) -> int:
    require(session, actor, Action.ATTENTION_SELF)
    if actor.user_id is None:
        raise refusal(session, actor, Action.ATTENTION_SELF)
    return actor.user_id


def _keep(row: RoutingPolicy) -> None:
    row.previous = _stored(draft_of(row))


def _stored(draft: PolicyDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "method": str(draft.method),
        "when": draft.when,
        "members": list(draft.members),
        "field": draft.field,
        "parts": [each.stored() for each in draft.parts],
        "writes_owner": draft.writes_owner,
        "claim_minutes": draft.claim_minutes,
        "most_open": draft.most_open,
        "most_today": draft.most_today,
        "in_hours": draft.in_hours,
        "manager_id": draft.manager_id,
        "is_on": draft.is_on,
    }


def _read(stored: Mapping[str, Any]) -> PolicyDraft:
    return PolicyDraft(
        **{
            **stored,
            "method": RoutingMethod(stored["method"]),
            "members": tuple(stored["members"]),
            "parts": tuple(map(part_of, stored["parts"])),
        }
    )


def _fill(row: RoutingPolicy, stored: Mapping[str, Any]) -> None:
    for name, value in stored.items():
        setattr(row, name, value)


def _record(session: Session, actor: Actor, what: str, row: RoutingPolicy) -> None:
    record(session, actor, what, row.name, method=row.method, people=len(row.members), on=row.is_on)


def _checked(session: Session, actor: Actor, draft: PolicyDraft, policy_id: int | None = None) -> PolicyDraft:
    """Return a draft as it is stored. Raises InvalidRequest that says what is wrong."""
    draft = replace(draft, name=" ".join(draft.name.split()))
    if not 0 < len(draft.name) <= NAME_LETTERS:
        text = tr("A policy needs a name of at most {most} letters.", most=NAME_LETTERS)
        raise InvalidRequest.of_field("name", text)
    same = func.lower(RoutingPolicy.name) == draft.name.lower()
    taken = session.scalar(select(RoutingPolicy.id).where(RoutingPolicy.tenant_id == actor.tenant, same))
    if taken is not None and taken != policy_id:
        raise InvalidRequest.of_field("name", tr("There is a policy “{name}” already.", name=draft.name))
    _check_numbers(draft)
    check_people(session, actor.tenant, draft)
    check_conditions(draft, team_names(session, actor.tenant))
    return draft


def _check_numbers(draft: PolicyDraft) -> None:
    if not 0 <= draft.claim_minutes <= MOST_MINUTES:
        text = tr("The time to accept is from 0 to {most} minutes.", most=MOST_MINUTES)
        raise InvalidRequest.of_field("claim_minutes", text)
    if not (0 <= draft.most_open <= MOST_LEADS and 0 <= draft.most_today <= MOST_LEADS):
        raise InvalidRequest.of_field(
            "most_open" if not 0 <= draft.most_open <= MOST_LEADS else "most_today",
            tr("A limit of leads is a number; 0 is no limit."),
        )


def check_people(session: Session, tenant_id: int, draft: PolicyDraft) -> None:
    """Raise InvalidRequest unless a policy has people who are users of the team and of its Pipedrive."""
    if not draft.members or len(draft.people) > MOST_PEOPLE:
        raise InvalidRequest.of_field("members", tr("Choose one to {most} people.", most=MOST_PEOPLE))
    wanted = {*draft.people, *([draft.manager_id] if draft.manager_id is not None else [])}
    mine = (User.tenant_id == tenant_id, User.id.in_(wanted))
    found = {user.id: user for user in session.scalars(select(User).where(*mine))}
    if wanted - set(found):
        text = tr("Somebody who was chosen is nobody of your team any more.")
        raise InvalidRequest.of_field(_field_of(draft, wanted - set(found)), text)
    unmatched = [user for user in found.values() if not user.pipedrive_user_id]
    if unmatched:
        names = ", ".join(sorted(user.display_name or user.email for user in unmatched)[:5])
        text = tr(
            "{names}: no user of your Pipedrive, so they can own no lead. See /pipenotify team.", names=names
        )
        raise InvalidRequest.of_field(_field_of(draft, {user.id for user in unmatched}), text)


def _field_of(draft: PolicyDraft, users: set[int]) -> str:
    """Return the field that names some of these users."""
    if users & set(draft.members):
        return "members"
    return "manager_id" if draft.manager_id in users else "parts"


def check_conditions(draft: PolicyDraft, names: Names) -> None:
    """Raise InvalidRequest for conditions and parts that cannot be read."""
    if draft.method in BY_FIELD and not draft.path:
        raise InvalidRequest.of_field("field", tr("Choose the field by which people are found."))
    if draft.method in WITH_PARTS and not 0 < len(draft.parts) <= MOST_PARTS:
        text = tr("Say for one to {most} values who gets their leads.", most=MOST_PARTS)
        raise InvalidRequest.of_field("parts", text)
    if len(draft.field) > FIELD_LETTERS:
        raise InvalidRequest.of_field("field", tr("Choose the field by which people are found."))
    for tree in (draft.when, *_conditions(draft)):
        try:
            parse_when(tree, names)
        except InvalidFilter as wrong:
            refused = InvalidRequest(user_message="\n".join(text for _, text in wrong.problems))
            refused.fields = wrong.problems if tree is draft.when else [("parts", refused.user_message)]
            raise refused from wrong


def _conditions(draft: PolicyDraft) -> list[Json]:
    if draft.method not in WITH_PARTS:
        return []
    if any(not part.people for part in draft.parts):
        raise InvalidRequest.of_field("parts", tr("Say for each value who gets its leads."))
    return [part.condition(draft.path) for part in draft.parts]
