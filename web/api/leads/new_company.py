"""Makes an organization in Pipedrive as the token's user, and waits a little for how that went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field

from models.errors import AppError, DatabaseUnavailable
from models.languages.translate import tr_stored
from models.leads.new_organization import Creation, get_creation, notify_later
from models.pipedrive.contact_details import NAME_LETTERS
from models.tables.card_actions import CardActionState
from web.api.errors import NameTaken
from web.api.routes import ApiDeps
from web.api.schemas import Body, Id, Out
from web.waiting import wait_for

STATUSES: Final[Mapping[str, int]] = {
    "NOT_CONNECTED": 409,
    "NEEDS_REAUTH": 409,
    "APP_REFUSED": 503,
    "PIPEDRIVE_QUOTA_USED": 429,
    "PIPEDRIVE_RATE_LIMITED": 429,
    "PIPEDRIVE_FORBIDDEN": 403,
    "PIPEDRIVE_REFUSED": 422,
    "STAGING": 403,
}
AWAY: Final = 502


class CompanyBody(Body):
    """A new organization. `owner_id` is a user of Pipedrive; without it, it is the token's user."""

    name: str = Field(min_length=1, max_length=NAME_LETTERS)
    owner_id: str = Field("", pattern=r"^\d{0,18}$")


class MadeCompanyOut(Out):
    """An organization that was asked for; a worker makes it. `id` is Pipedrive's, None until it is made.

    `state` is pending or writing while the worker is at it, done, or waiting: until the user has connected
    Pipedrive again.
    """

    id: Id | None
    name: str
    action_id: Id
    state: str


class CompanyNotMade(AppError):
    """Raised when an organization was not made; `code` says what stopped it."""

    permanent = True

    def __init__(self, why: str, user_message: str) -> None:
        super().__init__(why, user_message=user_message)
        self.code, self.status = why, STATUSES.get(why, AWAY)


def follow_creation(deps: ApiDeps, tenant_id: int, made: dict[str, Any]) -> dict[str, Any]:
    """Return what is answered about an organization, with its id if it was made soon.

    Who is answered before it is over is told of the end. What was asked for is recorded already, so a
    database that goes away now is no failure of the request. Raises NameTaken and CompanyNotMade.
    """
    try:
        found = _wait(deps, tenant_id, int(made["action_id"]))
    except DatabaseUnavailable:
        return made
    if found.state == CardActionState.OVERTAKEN:
        raise NameTaken(tr_stored(found.problem), str(found.id or ""))
    if found.state == CardActionState.FAILED:
        raise CompanyNotMade(found.why, tr_stored(found.problem))
    return made | {"state": found.state, "id": str(found.id) if found.id else None}


def _wait(deps: ApiDeps, tenant_id: int, action_id: int) -> Creation:
    def look() -> Creation:
        with deps.database.reading(tenant_id) as session:
            return get_creation(session, tenant_id, action_id)

    seen = wait_for(look, lambda found: found.is_over)
    if not seen.is_over:
        with deps.database.writing(tenant_id) as session:
            notify_later(session, tenant_id, action_id)
        seen = look()  # the worker may have ended it just before
    return seen
