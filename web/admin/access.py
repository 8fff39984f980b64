"""Who has access: browsers, tokens of programs and their sessions; one's own, for admins all of them."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from models.accounts.open_sessions import (
    end_program_session,
    end_session,
    list_program_sessions,
    list_sessions,
)
from models.accounts.rights import Action
from models.accounts.scopes import scopes_of
from models.accounts.tokens import DAYS, MOST_DAYS, create_token, list_tokens, revoke_token
from models.errors import InvalidRequest
from web.admin.deps import AdminDeps, id_in_form
from web.security.guards import allowed

PATH: Final = "/admin/access"
MOST: Final = 200  # sessions, and tokens, shown at once


def add_access(doors: Blueprint, deps: AdminDeps) -> None:
    """Add /admin/access and its buttons."""

    @doors.get(PATH)
    @allowed(Action.API_ACCESS)
    def access() -> str:
        return _page(deps)

    @doors.post(f"{PATH}/token")
    @allowed(Action.API_ACCESS)
    def make() -> ResponseReturnValue:
        given = request.form
        days = given.get("days", str(DAYS))
        if not days.isdecimal() or len(days) > len(str(MOST_DAYS)):
            raise InvalidRequest(user_message=f"A token is good for 1 to {MOST_DAYS} days.")
        with deps.writing() as (session, actor):
            scopes = given.getlist("scope")
            _, secret = create_token(
                session, actor, actor.name, scopes=scopes, days=int(days), name=given.get("name", "")
            )
        return _page(deps, secret)  # no redirect: the secret is in this answer alone

    @doors.post(f"{PATH}/revoke")
    @allowed(Action.API_ACCESS)
    def revoke() -> ResponseReturnValue:
        with deps.writing() as (session, actor):
            revoke_token(session, actor, id_in_form("token"))
        return deps.done(PATH, "revoked")

    @doors.post(f"{PATH}/end")
    @allowed(Action.API_ACCESS)
    def end() -> ResponseReturnValue:
        with deps.writing() as (session, actor):
            end_session(session, actor, id_in_form("session"))
        return deps.done(PATH, "ended")

    @doors.post(f"{PATH}/end-program")
    @allowed(Action.API_ACCESS)
    def end_program() -> ResponseReturnValue:
        with deps.writing() as (session, actor):
            end_program_session(session, actor, id_in_form("session"))
        return deps.done(PATH, "program-ended")


def _page(deps: AdminDeps, secret: str = "") -> str:
    with deps.reading() as (session, actor):
        sessions, tokens = list_sessions(session, actor, MOST), list_tokens(session, actor)
        programs = list_program_sessions(session, actor)
    return deps.page(
        "access.html",
        sessions=sessions,
        tokens=tokens[:MOST],
        programs=programs[-MOST:],
        scopes=scopes_of(actor),
        secret=secret,
        days=DAYS,
        most_days=MOST_DAYS,
    )
