"""users: the people of the team and their roles."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from models.accounts.actions import invite_user
from models.accounts.permissions import require
from models.accounts.queries import get_user, list_users
from models.accounts.reporting import ReportingLines, read_lines, set_manager
from models.accounts.rights import Action
from models.deliveries.team import set_role_and_notify
from models.errors import NotFound
from models.maintenance.person_data import count_person, read_person_rows
from models.maintenance.remove_user import check_removable, remove_user
from models.tables.accounts import User
from web.api.paging import Page, page_of_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Id, ListParams, Moment, Out

USERS: Final = Routes("users", "read:users", "write:users")
PATH: Final = "/admin/users"
MOST_EXPORTED: Final = 200  # rows of an answer
RoleWord = Literal["admin", "manager", "sales_rep", "analyst", "viewer"]


class UserBody(Body):
    """Somebody to invite, by the e-mail that they use in Google Chat."""

    email: str = Field(max_length=320)
    role: RoleWord = "sales_rep"


class UserPatch(Body):
    """What changes of a user."""

    role: RoleWord


class WhoLeadsBody(Body):
    """Who somebody's manager is, by their id as a user; null for nobody."""

    manager_id: int | None = Field(ge=1, le=2**53)


class UserOut(Out):
    """A user; `met` says whether Pipenotify has seen them in Chat; `manager_id` is whom they report to."""

    id: Id
    email: str
    name: str
    role: str
    met: bool
    manager_id: Id | None
    created_at: Moment


class KeptOut(Out):
    """How much of a kind is kept of a user, and what becomes of it when they are erased."""

    kind: str
    count: int
    when_erased: str


class ExportBody(Body):
    """Which kind to read, one that `data` lists; `after` is `next` of the answer before."""

    kind: str = Field(max_length=60)
    after: int = Field(0, ge=0, le=2**53)


class ExportOut(Out):
    """Rows of a kind, without secrets, in the order of their ids; `next` is null at the end."""

    kind: str
    rows: list[dict[str, Any]]
    next: int | None


class UserParams(ListParams):
    """Filters of the list of users."""

    role: RoleWord | None = None
    q: str | None = Field(None, max_length=255, description="a part of the name or the e-mail")


@USERS.get(PATH, summary="List users", data=UserOut, params=UserParams, is_list=True)
def list_all(call: ApiCall) -> Page:
    require(call.session, call.actor, Action.PEOPLE_READ)
    params: UserParams = call.params
    words = (params.q or "").casefold()
    found = [
        user
        for user in list_users(call.session, call.tenant_id)
        if params.role in (None, user.role) and words in f"{user.display_name} {user.email}".casefold()
    ]
    lines = read_lines(call.session, call.tenant_id)
    return page_of_list(params, found, lambda shown: [_draw(user, lines) for user in shown])


@USERS.post(PATH, summary="Invite somebody", data=UserOut, body=UserBody, status=201)
def invite(call: ApiCall) -> UserOut:
    return _drawn(call, invite_user(call.session, call.actor, call.body.email, call.body.role))


@USERS.get(f"{PATH}/<id>", summary="One user", data=UserOut)
def show_user(call: ApiCall) -> UserOut:
    require(call.session, call.actor, Action.PEOPLE_READ)
    return _drawn(call, _user(call))


@USERS.put(f"{PATH}/<id>/manager", summary="Set the manager of a user", data=UserOut, body=WhoLeadsBody)
def change_manager(call: ApiCall) -> UserOut:
    set_manager(call.session, call.actor, call.id, call.body.manager_id)
    return _drawn(call, _user(call))


@USERS.put(f"{PATH}/<id>", summary="Give a user another role", data=UserOut, body=UserPatch)
@USERS.patch(f"{PATH}/<id>", summary="Give a user another role", data=UserOut, body=UserPatch)
def change_role(call: ApiCall) -> UserOut:
    set_role_and_notify(call.session, call.actor, call.id, call.body.role)
    call.wake = True
    return _drawn(call, _user(call))


@USERS.delete(f"{PATH}/<id>", summary="Remove a user", data=UserOut)
def remove(call: ApiCall) -> UserOut:
    answer = _drawn(call, check_removable(call.session, call.actor, call.id))
    remove_user(call.session, call.actor, call.id)
    call.wake = True
    return answer


@USERS.get(f"{PATH}/<id>/data", summary="What is kept of a user", data=KeptOut, is_list=True)
def list_kept(call: ApiCall) -> Page:
    _, parts = count_person(call.session, call.actor, call.id)
    rows = [KeptOut(kind=each.name, count=each.count, when_erased=each.fate) for each in parts]
    return Page(rows, len(rows), 1, len(rows))


@USERS.post(f"{PATH}/<id>/export", summary="Read what is kept of a user", data=ExportOut, body=ExportBody)
def export(call: ApiCall) -> ExportOut:
    wanted: ExportBody = call.body
    rows = read_person_rows(call.session, call.actor, call.id, wanted.kind, wanted.after, MOST_EXPORTED)
    follows = int(rows[-1]["id"]) if len(rows) == MOST_EXPORTED else None
    return ExportOut(kind=wanted.kind, rows=[_plain(row) for row in rows], next=follows)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as JSON: times and the rest that JSON does not know as text."""
    known = (str, int, float, bool, list, dict, type(None))
    return {name: value if isinstance(value, known) else str(value) for name, value in row.items()}


def _user(call: ApiCall) -> User:
    found = get_user(call.session, call.tenant_id, call.id)
    if found is None:
        raise NotFound
    return found


def _drawn(call: ApiCall, user: User) -> UserOut:
    return _draw(user, read_lines(call.session, call.tenant_id))


def _draw(user: User, lines: ReportingLines) -> UserOut:
    return UserOut(
        id=user.id,
        email=user.email,
        name=user.display_name,
        role=user.role,
        met=user.chat_name is not None,
        manager_id=lines.manager_of(user.id),
        created_at=user.created_at,
    )
