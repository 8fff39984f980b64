"""Makes an organization in Pipedrive in somebody's name, where there is none of its name yet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.card_actions.actions import CardPress, record_press
from models.card_actions.records import NEW_ORGANIZATION, WHY
from models.clock import now
from models.connections.queries import own_grant
from models.database.row_ids import row_id
from models.errors import AppError, InvalidRequest, NotFound
from models.leads.organizations import ORGANIZATION
from models.pipedrive.contact_details import NAME_LETTERS
from models.pipedrive.readable import fold_name
from models.tables.card_actions import OPEN_ACTIONS, CardAction, CardActionState
from models.tables.stalled import TrackedObject

MOST_KNOWN: Final = 5  # of one name, that are asked for at Pipedrive
_LONGEST_WORDS: Final = 300  # of `TrackedObject.words`


class OwnConnectionMissing(AppError):
    """Raised when somebody has not connected their own Pipedrive account, so nothing is written as them."""

    permanent = True
    code = "NOT_CONNECTED"
    status = 409
    user_message = "Connect your own Pipedrive account first: /pipenotify connect me, in Google Chat."


@dataclass(frozen=True, slots=True)
class Creation:
    """What became of an organization that was asked for. `id` is Pipedrive's, empty until it is known.

    `name` is as it was asked for. `why` is the code of what stopped it, empty where nothing did, and
    `problem` its text. OVERTAKEN: there was one of that name, whose `id` is only known if the asking person
    may see it.
    """

    state: CardActionState
    name: str
    id: int | None
    why: str
    problem: str
    ended_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.state not in OPEN_ACTIONS


def create_organization(session: Session, actor: Actor, name: str, owner_id: str, key: str) -> CardAction:
    """Record that an organization shall be made, for a worker that first asks Pipedrive for the name.

    `owner_id` is a user of Pipedrive, empty for whoever asks; `key` is the same for a repeat. Raises
    NotAllowed, OwnConnectionMissing, and InvalidRequest for a name that is empty or too long.
    """
    require(session, actor, Action.CARD_PRESS)
    name = " ".join(name.split())
    folded = fold_name(name)
    if not folded:
        raise InvalidRequest.of_field("name", "An organization needs a name.")
    if len(name) > NAME_LETTERS:
        raise InvalidRequest.of_field("name", f"A name has at most {NAME_LETTERS} characters.")
    if actor.user_id is None or own_grant(session, actor.tenant, actor.user_id) is None:
        raise OwnConnectionMissing
    fields: dict[str, object] = {"name": name, "known": _known_by_name(session, actor.tenant, folded)}
    fields |= {"owner_id": int(owner_id)} if owner_id else {}
    press = CardPress(
        key=key,
        do=NEW_ORGANIZATION,
        delivery_id=None,
        entity=ORGANIZATION,
        object_id=f"new-{hashlib.sha256(folded.encode('utf-8', 'replace')).hexdigest()[:48]}",
        lane="",
        fields=fields,
        since=now(),
        is_new=True,
    )
    return record_press(session, actor, press).action


def _known_by_name(session: Session, tenant_id: int, folded: str) -> list[str]:
    """Return the ids of the organizations that had this name when Pipedrive last told of them.

    Also of those that the asking person may not see: Pipedrive is asked whether they are still there.
    """
    mine = (TrackedObject.tenant_id == tenant_id, TrackedObject.entity == ORGANIZATION)
    named = TrackedObject.words == folded[:_LONGEST_WORDS]
    return list(session.scalars(select(TrackedObject.object_id).where(*mine, named).limit(MOST_KNOWN)))


def get_creation(session: Session, tenant_id: int, action_id: int) -> Creation:
    """Return what became of it so far. Raises NotFound."""
    action = session.scalar(select(CardAction).where(_is(tenant_id, action_id)))
    if action is None:
        raise NotFound
    return Creation(
        CardActionState(action.state),
        str(action.fields.get("name") or ""),
        row_id(action.result_id),
        str(action.fields.get(WHY) or ""),
        action.problem,
        action.finished_at,
    )


def notify_later(session: Session, tenant_id: int, action_id: int) -> bool:
    """Let the person be told how it ends, because nobody waits for it any more; False if it is over.

    The session is a writing one of the tenant.
    """
    still = update(CardAction).where(_is(tenant_id, action_id), CardAction.state.in_(OPEN_ACTIONS))
    noted = still.values(needs_notice=True).returning(CardAction.id)
    return session.scalar(noted.execution_options(synchronize_session=False)) is not None


def _is(tenant_id: int, action_id: int) -> ColumnElement[bool]:
    mine = (CardAction.tenant_id == tenant_id, CardAction.id == action_id)
    return and_(*mine, CardAction.do == NEW_ORGANIZATION)
