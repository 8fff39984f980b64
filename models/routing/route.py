"""Routes leads: each by the first policy that fits, from one person to the next until somebody accepts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.database.upsert import insert_into
from models.deliveries.notices import Notice, notify_admins, press_url
from models.languages.translate import for_later, marked
from models.leads.queries import KnownLead, LeadView, get_lead
from models.pipedrive.deal_leads import lead_key
from models.routing.choose import Caps, choose
from models.routing.offer import RoutingCase, offer
from models.routing.people import RoutingTeam, load_team
from models.routing.policies import LeadReader, PolicyDraft, draft_of, lock_policies, order_for
from models.tables.accounts import Tenant, TenantStatus, User
from models.tables.leads import Lead
from models.tables.routing import Assignment, AssignmentState, RoutingPolicy

AT_ONCE: Final = 50
LOOKS_AGAIN: Final = timedelta(minutes=15)
NOBODY_NOW: Final = marked("Nobody may get it now: all are away, not at work, or have enough.")
NOBODY_TOOK: Final = marked("Nobody accepted it, and there is nobody after them.")
_IS_WAITING: Final = text("assignments.state = 'waiting'")


def tenants_with_waiting(session: Session, at: datetime) -> list[int]:
    """Return the tenants that have leads to route. The session sees all tenants."""
    active = select(Tenant.id).where(Tenant.status == TenantStatus.ACTIVE)
    due = (_IS_WAITING, Assignment.due_at <= at, Assignment.tenant_id.in_(active))
    return list(session.scalars(select(Assignment.tenant_id).where(*due).distinct()))


def waiting_of(session: Session, tenant_id: int, at: datetime) -> list[Assignment]:
    """Return the assignments of a tenant that are due to be routed, the oldest first."""
    due = (Assignment.tenant_id == tenant_id, _IS_WAITING, Assignment.due_at <= at)
    return list(
        session.scalars(
            select(Assignment).where(*due).order_by(Assignment.due_at, Assignment.id).limit(AT_ONCE)
        )
    )


def route(session: Session, tenant_id: int, assignment_id: int, at: datetime) -> None:
    """Route one lead: offer it, put it off, or leave it alone where no policy is for it.

    Policies are locked, so that two workers share one order. The session is a writing one of the tenant.
    """
    mine = (Assignment.tenant_id == tenant_id, Assignment.id == assignment_id, _IS_WAITING)
    row = session.scalars(select(Assignment).where(*mine).with_for_update()).one_or_none()
    if row is None:
        return
    key = lead_key(row.entity, row.object_id)
    lead = get_lead(LeadView(session, tenant_id, lambda _: True, at), key)
    if lead is None or not lead.row.is_open or _is_taken(session, row, lead):
        row.state, row.answered_at = AssignmentState.TAKEN, at
        return
    found = _find_policy(session, row, lead)
    if found is None and row.step == 0:
        session.delete(row)
        return
    if found is None:
        row.state, row.answered_at, row.reason = AssignmentState.EXPIRED, at, NOBODY_TOOK
        notify_nobody_left(session, tenant_id)
        return
    policy, draft, reader = found
    row.policy_id = policy.id
    _give(RoutingCase(session, row, lead, draft, at), policy, reader)


def _is_taken(session: Session, row: Assignment, lead: KnownLead) -> bool:
    """Tell whether somebody took a lead, or contacted it, while it waited to be routed."""
    if lead.row.contacted_at is not None and lead.row.contacted_at >= row.at:
        return True
    return row.owner_id is not None and lead.row.owner_id not in expected_owners(session, row)


def _find_policy(
    session: Session, row: Assignment, lead: KnownLead
) -> tuple[RoutingPolicy, PolicyDraft, LeadReader] | None:
    """Return the policy of a lead, locked: the one that began to route it, else the first that fits.

    All are locked before any is read, so that one which somebody changes just now is used as changed.
    """
    rows = lock_policies(session, row.tenant_id)
    drafts = [draft_of(each) for each in rows]
    reader = LeadReader(session, row.tenant_id, drafts)
    for policy, draft in zip(rows, drafts, strict=True):
        began = row.policy_id == policy.id
        if began or (row.policy_id is None and reader.read(lead).fits(draft.when)):
            return policy, draft, reader
    return None


def _give(case: RoutingCase, policy: RoutingPolicy, reader: LeadReader) -> None:
    session, row, draft = case.session, case.row, case.policy
    had = people_before(session, row)
    key, order = order_for(draft, reader.read(case.lead))
    wanted = {*order, *draft.people} | ({draft.manager_id} if draft.manager_id else set())
    team = load_team(session, row.tenant_id, wanted, case.at)
    last = policy.pointers.get(key) if row.step == 0 else next(reversed(had), None)
    chosen = choose(draft.method, order, team.people, draft.caps, last, had)
    if chosen is None and order != draft.members:
        chosen = choose(draft.method, draft.members, team.people, draft.caps, last, had)
    if chosen is None:
        _give_later_or_to_manager(case, team, had)
        return
    if row.step == 0:
        policy.pointers = {**policy.pointers, key: chosen}
    offer(case, team.users[chosen], team.times[chosen])


def _give_later_or_to_manager(case: RoutingCase, team: RoutingTeam, had: list[int]) -> None:
    """Wait for people who only do not work now; else the manager gets it, if there is one who has not yet."""
    row, draft, at = case.row, case.policy, case.at
    at_work = Caps(draft.most_open, draft.most_today)
    later = [
        team.times[key].next_moment(at)
        for key, each in team.people.items()
        if key in draft.people and key not in had and at_work.allow(each) and not each.is_working
    ]
    manager = draft.manager_id
    if later and draft.in_hours:
        row.due_at, row.reason = max(min(later), at + timedelta(minutes=1)), NOBODY_NOW
    elif manager is not None and manager in team.users and manager not in had:
        row.is_last = True
        offer(case, team.users[manager], team.times[manager])
    elif row.step == 0:
        row.due_at, row.reason = at + LOOKS_AGAIN, NOBODY_NOW
    else:
        row.state, row.answered_at, row.reason = AssignmentState.EXPIRED, at, NOBODY_TOOK
        notify_nobody_left(case.session, row.tenant_id)


def notify_nobody_left(session: Session, tenant_id: int) -> None:
    """Tell the admins that a lead was accepted by nobody, and that nobody comes next."""
    title, words = (
        for_later("A lead was accepted by nobody"),
        for_later("Nobody comes after those who had it."),
    )
    notice = Notice(title, words, for_later("Routing"), press_url("route.list"))
    notify_admins(session, tenant_id, notice, or_space=False)


def people_before(session: Session, row: Assignment) -> list[int]:
    """Return who had a lead in earlier steps, the first one first."""
    earlier = (
        Assignment.tenant_id == row.tenant_id,
        Assignment.entity == row.entity,
        Assignment.object_id == row.object_id,
        Assignment.step < row.step,
        Assignment.user_id.is_not(None),
    )
    found = session.scalars(select(Assignment.user_id).where(*earlier).order_by(Assignment.step))
    return [each for each in found if each is not None]


def expected_owners(session: Session, row: Assignment) -> set[str | None]:
    """Return the owners that a lead may have unless somebody took it: the first one, and those who had it."""
    had = [*people_before(session, row), row.user_id or 0]
    mine = (User.tenant_id == row.tenant_id, User.id.in_(had))
    return {row.owner_id, *session.scalars(select(User.pipedrive_user_id).where(*mine))}


def escalate(session: Session, row: Assignment, at: datetime) -> bool:
    """Let a lead go on to the next person; False if it did already. Admins hear if nobody comes after."""
    if row.is_last:
        notify_nobody_left(session, row.tenant_id)
        return False
    lead = session.get(Lead, (row.tenant_id, row.entity, row.object_id))
    values = {
        "tenant_id": row.tenant_id,
        "entity": row.entity,
        "object_id": row.object_id,
        "step": row.step + 1,
        "policy_id": row.policy_id,
        "state": AssignmentState.WAITING,
        "due_at": at,
        "at": at,
        "owner_id": lead.owner_id if lead is not None else None,
    }
    key = ["tenant_id", "entity", "object_id", "step"]
    insert = insert_into(session, Assignment).values(values).on_conflict_do_nothing(index_elements=key)
    return session.scalar(insert.returning(Assignment.id)) is not None
