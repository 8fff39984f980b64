"""What people do with leads; each is written to Pipedrive as themselves, by the road of presses on cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.card_actions.actions import CardPress, PressOutcome, Recorded, record_press
from models.clock import now
from models.errors import InvalidRequest
from models.languages.translate import marked, tr, tr_in
from models.leads.history import LeadRef, NewLine, add_line
from models.leads.queries import KnownLead
from models.leads.snooze import snooze_row
from models.pipedrive.contact_details import NAME_LETTERS, PHONE_LETTERS, is_email
from models.tables.card_actions import OPEN_ACTIONS, CardAction, CardActionState
from models.tables.leads import LeadEvent, LeadStatus

BESIDE: Final = timedelta(minutes=10)  # what others do at the same time counts as seen by nobody
REASON_LETTERS: Final = 300
TITLE_LETTERS: Final = 255
IS_DEAL: Final = marked(
    "This lead is a deal already. Move it to another pipeline, or mark it as won:"
    " then it counts as converted."
)
ORDER: Final = tuple(LeadStatus)
OVER: Final = (LeadStatus.CONVERTED, LeadStatus.LOST)
STATUS_TEXTS: Final[Mapping[LeadStatus, str]] = {
    LeadStatus.NEW: marked("new", "lead"),
    LeadStatus.CONTACTED: marked("contacted", "lead"),
    LeadStatus.QUALIFIED: marked("qualified", "lead"),
    LeadStatus.CONVERTED: marked("converted", "lead"),
    LeadStatus.LOST: marked("lost", "lead"),
}


@dataclass(frozen=True, slots=True)
class Via:
    """How somebody asked. `key` is the same for a repeat; the rest is of the card where they pressed, if any.

    `present` is the owner that the card showed, `since` when it was delivered, `seen` its last shown action.
    """

    key: str
    delivery_id: int | None = None
    lane: str = ""
    since: datetime | None = None
    seen: int = 0
    present: str | None = None


@dataclass(frozen=True, slots=True)
class NewLead:
    """A lead to be made: its title, and the person and organization, which are found by name or made.

    `note` is HTML.
    """

    title: str
    person_name: str = ""
    email: str = ""
    phone: str = ""
    organization: str = ""
    amount: float | None = None
    currency: str = "EUR"
    owner_id: str = ""
    note: str = ""


def claim_lead(session: Session, actor: Actor, lead: KnownLead, via: Via) -> Recorded:
    """Make the lead the actor's, if nobody else was first. Raises NotAllowed, InvalidRequest."""
    _require_open(lead)
    return act_on_lead(session, actor, lead, "claim", {}, via)


def assign_lead(session: Session, actor: Actor, lead: KnownLead, owner_id: str, via: Via) -> Recorded:
    """Give the lead to a user of Pipedrive. Raises NotAllowed, InvalidRequest."""
    _require_open(lead)
    if not owner_id.isdecimal():
        raise InvalidRequest.of_field("owner_id", tr("Choose somebody of your Pipedrive."))
    return act_on_lead(session, actor, lead, "assign", {"owner_id": int(owner_id)}, via)


def contact_lead(session: Session, actor: Actor, lead: KnownLead, via: Via, kind: str = "call") -> Recorded:
    """Note that the lead was contacted: as a done activity. Raises NotAllowed, InvalidRequest."""
    _require_forward(lead, LeadStatus.CONTACTED)
    fields = {"subject": tr("Contacted"), "type": kind, "done": True}
    return act_on_lead(session, actor, lead, "contacted", fields, via)


def qualify_lead(session: Session, actor: Actor, lead: KnownLead, via: Via) -> Recorded:
    """Note that the lead is qualified: as a note. Raises NotAllowed, InvalidRequest."""
    _require_forward(lead, LeadStatus.QUALIFIED)
    return act_on_lead(session, actor, lead, "qualified", {"content": tr("Qualified")}, via)


def lose_lead(session: Session, actor: Actor, lead: KnownLead, via: Via) -> Recorded:
    """Give the lead up: it is archived, a deal is lost. Raises NotAllowed, InvalidRequest."""
    _require_open(lead)
    fields = {"status": "lost"} if lead.is_deal else {"is_archived": True}
    return act_on_lead(session, actor, lead, "lost", fields, via)


def set_status(session: Session, actor: Actor, lead: KnownLead, status: LeadStatus, via: Via) -> Recorded:
    """Move the lead on to a status. Raises NotAllowed, and InvalidRequest for a way back."""
    if status is LeadStatus.CONTACTED:
        return contact_lead(session, actor, lead, via)
    if status is LeadStatus.QUALIFIED:
        return qualify_lead(session, actor, lead, via)
    if status is LeadStatus.LOST:
        return lose_lead(session, actor, lead, via)
    if status is LeadStatus.CONVERTED:
        return convert_lead(session, actor, lead, via)
    raise InvalidRequest.of_field("status", _no_way(lead, status))


def note_on_lead(session: Session, actor: Actor, lead: KnownLead, content: str, via: Via) -> Recorded:
    """Add a note; `content` is HTML. Raises NotAllowed, InvalidRequest."""
    if not content.strip():
        raise InvalidRequest.of_field("note", tr("A note needs a text."))
    return act_on_lead(session, actor, lead, "note", {"content": content}, via)


def plan_follow_up(
    session: Session, actor: Actor, lead: KnownLead, fields: Mapping[str, Any], via: Via
) -> Recorded:
    """Plan an activity (`subject`, `type`, `due_date`, `due_time`). Raises NotAllowed, InvalidRequest."""
    if not str(fields.get("subject") or "").strip():
        raise InvalidRequest(user_message=tr("What is to be done? Give it a few words."))
    return act_on_lead(session, actor, lead, "activity", fields, via)


def snooze_lead(
    session: Session, actor: Actor, lead: KnownLead, until: datetime, reason: str, via: Via
) -> Recorded:
    """Not now: nothing is said of the lead until then, when it comes back to the actor.

    The reason becomes a note. Raises NotAllowed, InvalidRequest.
    """
    require(session, actor, Action.CARD_PRESS)
    _require_open(lead)
    at, reason = now(), " ".join(reason.split())[:REASON_LETTERS]
    if not reason:
        raise InvalidRequest.of_field("reason", tr("Why not now? Give it a few words."))
    words = tr("Not now, until {day}: {reason}", day=until.date().isoformat(), reason=escape(reason))
    done = act_on_lead(session, actor, lead, "snooze", {"content": words}, via)
    if done.outcome in (PressOutcome.RECORDED, PressOutcome.WAITS):
        snooze_row(session, actor, lead.row, until, reason, at)
        line = {"until": until.isoformat(), "reason": reason}
        key = f"action:{done.action.id}"
        add_line(session, lead.ref, NewLine(LeadEvent.SNOOZED, at, key, actor.user_id, line))
    return done


def convert_lead(session: Session, actor: Actor, lead: KnownLead, via: Via) -> Recorded:
    """Make a deal of the lead. Raises NotAllowed, and InvalidRequest for one that is a deal already."""
    _require_open(lead)
    if lead.is_deal:
        raise InvalidRequest(user_message=tr(IS_DEAL))
    return act_on_lead(session, actor, lead, "convert", {"title": str(lead.state.get("title") or "")}, via)


def move_lead(session: Session, actor: Actor, lead: KnownLead, stage_id: str, via: Via) -> Recorded:
    """Move a deal to a stage, of another pipeline too. Raises NotAllowed, InvalidRequest."""
    _require_open(lead)
    if not (lead.is_deal and stage_id.isdecimal()):
        raise InvalidRequest(user_message=tr("Choose a pipeline whose stages are known."))
    return act_on_lead(session, actor, lead, "move", {"stage_id": int(stage_id)}, via)


def edit_lead(
    session: Session, actor: Actor, lead: KnownLead, fields: Mapping[str, Any], via: Via
) -> Recorded:
    """Set fields of the lead (`title`, `value`, `expected_close_date`). Raises NotAllowed, InvalidRequest."""
    if not fields:
        raise InvalidRequest(user_message=tr("Say what shall change."))
    return act_on_lead(session, actor, lead, "edit", fields, via)


def create_lead(session: Session, actor: Actor, new: NewLead, via: Via) -> Recorded:
    """Make a lead in Pipedrive; it is known here once Pipedrive has told of it.

    Raises NotAllowed, and InvalidRequest for a lead without a title, or without a person and an organization,
    and for what is no e-mail address or too long.
    """
    title = " ".join(new.title.split())[:TITLE_LETTERS]
    if not title:
        raise InvalidRequest.of_field("title", tr("A lead needs a title."))
    _check_contact(new)
    worth = {"amount": new.amount, "currency": new.currency} if new.amount is not None else None
    fields = {
        "title": title,
        "person_name": new.person_name.strip() or new.email.strip(),
        "email": new.email.strip().lower(),
        "phone": new.phone.strip(),
        "organization": new.organization.strip(),
        "value": worth,
        "owner_id": int(new.owner_id) if new.owner_id.isdecimal() else None,
        "note": new.note,
    }
    press = CardPress(
        key=via.key,
        do="lead.create",
        delivery_id=via.delivery_id,
        entity="lead",
        object_id=f"new-{via.key}"[:64],
        lane=via.lane,
        fields={key: value for key, value in fields.items() if value},
        since=now() - BESIDE,
    )
    return record_press(session, actor, press)


def _check_contact(new: NewLead) -> None:
    if not (new.person_name.strip() or new.email.strip() or new.organization.strip()):
        raise InvalidRequest.of_field("person", tr("A lead needs a person or an organization."))
    if new.email.strip() and not is_email(new.email.strip()):
        raise InvalidRequest.of_field("email", tr("An e-mail address looks like ada@example.com."))
    limits = (
        ("person", new.person_name, NAME_LETTERS),
        ("phone", new.phone, PHONE_LETTERS),
        ("organization", new.organization, NAME_LETTERS),
    )
    for field, text, most in limits:
        if len(text.strip()) > most:
            words = tr("“{text}” is too long: at most {most} characters.", text=text[:40], most=most)
            raise InvalidRequest.of_field(field, words)


def act_on_lead(
    session: Session, actor: Actor, lead: KnownLead, verb: str, fields: Mapping[str, Any], via: Via
) -> Recorded:
    """Record what somebody does with a lead, for a worker to write. Raises NotAllowed."""
    since = via.since or now() - BESIDE
    present = {"claim": lead.row.owner_id or "" if via.present is None else via.present}
    present |= {"lost": "open"} if lead.is_deal else {}
    press = CardPress(
        key=via.key,
        do=f"{lead.row.entity}.{verb}",
        delivery_id=via.delivery_id,
        entity=lead.row.entity,
        object_id=lead.row.object_id,
        lane=via.lane,
        fields=fields,
        since=since,
        seen=via.seen or _last_done(session, lead.ref),
        present=present.get(verb, ""),
    )
    return record_press(session, actor, press)


def _last_done(session: Session, lead: LeadRef) -> int:
    """Return the last action on a lead that is over: whoever asks now sees what it did."""
    mine = (
        CardAction.tenant_id == lead.tenant_id,
        CardAction.entity == lead.entity,
        CardAction.object_id == lead.id,
        CardAction.state.not_in((*OPEN_ACTIONS, CardActionState.WAITING)),
    )
    return session.scalar(select(func.max(CardAction.id)).where(*mine)) or 0


def _require_open(lead: KnownLead) -> None:
    if not lead.row.is_open:
        raise InvalidRequest(user_message=tr("This lead is over: it was converted, archived or deleted."))


def _require_forward(lead: KnownLead, status: LeadStatus) -> None:
    _require_open(lead)
    if ORDER.index(LeadStatus(lead.row.status)) >= ORDER.index(status):
        raise InvalidRequest.of_field("status", _no_way(lead, status))


def _no_way(lead: KnownLead, status: LeadStatus) -> str:
    present = LeadStatus(lead.row.status)
    return tr(
        "This lead is {present}; it only goes forward, so it cannot become {status}.",
        present=status_text(present),
        status=status_text(status),
    )


def status_text(status: LeadStatus) -> str:
    """Return a status as people read it."""
    return tr_in("lead", STATUS_TEXTS[status])
