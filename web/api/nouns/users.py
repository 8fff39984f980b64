"""users: the people of the team and their roles."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from models.accounts.actions import invite_user
from models.accounts.permissions import require
from models.accounts.queries import get_user, list_users
from models.accounts.rights import Action
from models.deliveries.team import set_role_and_notify
from models.errors import NotFound
from models.maintenance.remove_user import check_removable, remove_user
from models.tables.accounts import User
from web.api.paging import Page, page_of_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Id, ListParams, Moment, Out

USERS: Final = Routes("users", "read:users", "write:users")
PATH: Final = "/admin/users"
RoleWord = Literal["admin", "manager", "sales_rep", "analyst", "viewer"]


class UserBody(Body):
    """Somebody to invite, by the e-mail that they use in Google Chat."""

    email: str = Field(max_length=320)
    role: RoleWord = "sales_rep"


class UserPatch(Body):
    """What changes of a user."""

    role: RoleWord


class UserOut(Out):
    """A user; `met` says whether Pipenotify has seen them in Chat."""

    id: Id
    email: str
    name: str
    role: str
    met: bool
    created_at: Moment


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
    return page_of_list(params, found, lambda shown: map(_draw, shown))


@USERS.post(PATH, summary="Invite somebody", data=UserOut, body=UserBody, status=201)
def invite(call: ApiCall) -> UserOut:
    return _draw(invite_user(call.session, call.actor, call.body.email, call.body.role))


@USERS.get(f"{PATH}/<id>", summary="One user", data=UserOut)
def show_user(call: ApiCall) -> UserOut:
    require(call.session, call.actor, Action.PEOPLE_READ)
    return _draw(_user(call))


@USERS.put(f"{PATH}/<id>", summary="Give a user another role", data=UserOut, body=UserPatch)
@USERS.patch(f"{PATH}/<id>", summary="Give a user another role", data=UserOut, body=UserPatch)
def change_role(call: ApiCall) -> UserOut:
    set_role_and_notify(call.session, call.actor, call.id, call.body.role)
    call.wake = True
    return _draw(_user(call))


@USERS.delete(f"{PATH}/<id>", summary="Remove a user", data=UserOut)
def remove(call: ApiCall) -> UserOut:
    answer = _draw(check_removable(call.session, call.actor, call.id))
    remove_user(call.session, call.actor, call.id)
    call.wake = True
    return answer


def _user(call: ApiCall) -> User:
    found = get_user(call.session, call.tenant_id, call.id)
    if found is None:
        raise NotFound
    return found


def _draw(user: User) -> UserOut:
    return UserOut(
        id=user.id,
        email=user.email,
        name=user.display_name,
        role=user.role,
        met=user.chat_name is not None,
        created_at=user.created_at,
    )
