"""auth: a token is exchanged for a session, which is refreshed and ended; the sessions that there are."""

from __future__ import annotations

from typing import Any, Final

from flask import request
from pydantic import Field

from models.accounts.api_sessions import (
    IssuedSession,
    end_api_session,
    end_by_refresh_token,
    find_api_session,
    open_api_session,
    refresh_api_session,
    tenant_of_refresh_token,
)
from models.accounts.open_sessions import end_program_session, list_program_sessions
from models.accounts.tokens import PREFIX, find_caller
from models.errors import TokenInvalid, TokenMissing
from web.api.access_token import LIFE_S
from web.api.paging import Page, page_of_list
from web.api.routes import ApiCall, OpenCall, Routes
from web.api.schemas import Body, Id, ListParams, Moment, Out

AUTH: Final = Routes("auth", "", "")  # most bring their proof in the body
LONGEST: Final = 4096


class TokenBody(Body):
    """A token that a person made."""

    token: str = Field(max_length=LONGEST)


class RefreshBody(Body):
    """A refresh token that was not used yet."""

    refresh_token: str = Field(max_length=LONGEST)


class LogoutBody(Body):
    """A refresh token, or nothing: then the access token of the header says which session ends."""

    refresh_token: str | None = Field(None, max_length=LONGEST)


class IssuedTokens(Out):
    """What a program calls with: `access_token` for `expires_in` seconds, then `refresh_token`, once."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int


class Ended(Out):
    """What was ended."""

    ended: bool


class SessionOut(Out):
    """A session of a program, and the token that was exchanged for it. `refreshed_at` is the last time."""

    id: Id
    email: str
    token_name: str
    token_last_four: str
    created_at: Moment
    refreshed_at: Moment
    expires_at: Moment


@AUTH.post(
    "/auth/token",
    summary="Exchange a token for an access token",
    data=IssuedTokens,
    body=TokenBody,
    is_open=True,
)
def exchange_token(call: OpenCall) -> dict[str, Any]:
    with call.deps.database.reading_all() as session:
        caller = find_caller(session, call.body.token)
    call.tenant_id = caller.actor.tenant
    with call.deps.database.writing(call.tenant_id) as session:
        return _tokens(call, open_api_session(session, caller))


@AUTH.post(
    "/auth/refresh", summary="Get a new access token", data=IssuedTokens, body=RefreshBody, is_open=True
)
def refresh(call: OpenCall) -> dict[str, Any]:
    secret = call.body.refresh_token
    with call.deps.database.reading_all() as session:
        call.tenant_id = tenant_of_refresh_token(session, secret)
    with call.deps.database.writing(call.tenant_id) as session:
        issued = refresh_api_session(session, call.tenant_id, secret)
    if issued is None:
        raise TokenInvalid
    return _tokens(call, issued)


@AUTH.post("/auth/logout", summary="End a session", data=Ended, body=LogoutBody, is_open=True)
def logout(call: OpenCall) -> dict[str, Any]:
    secret, database = call.body.refresh_token, call.deps.database
    if secret is not None:
        with database.reading_all() as session:
            call.tenant_id = tenant_of_refresh_token(session, secret)
        with database.writing(call.tenant_id) as session:
            end_by_refresh_token(session, call.tenant_id, secret)
        return {"ended": True}
    uid = _session_of_header(call)
    with database.reading_all() as session:
        call.tenant_id = find_api_session(session, uid).actor.tenant
    with database.writing(call.tenant_id) as session:
        end_api_session(session, call.tenant_id, uid)
    return {"ended": True}


@AUTH.get(
    "/auth/sessions",
    summary="List the sessions of programs",
    scope="read:settings",
    data=SessionOut,
    params=ListParams,
    is_list=True,
)
def sessions(call: ApiCall) -> Page:
    found = list_program_sessions(call.session, call.actor)
    return page_of_list(call.params, found, lambda rows: map(SessionOut.model_validate, rows))


@AUTH.delete(
    "/auth/sessions/<id>", summary="End a session of a program", scope="write:settings", data=SessionOut
)
def end_session(call: ApiCall) -> SessionOut:
    return SessionOut.model_validate(end_program_session(call.session, call.actor, call.id))


def _session_of_header(call: OpenCall) -> str:
    """Return the session of the access token that was sent. Raises TokenMissing, TokenInvalid.

    A token that a person made is of no session: it ends where it was made.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token.startswith(PREFIX):
        raise TokenMissing
    return call.deps.tokens.read(token.strip())[0]


def _tokens(call: OpenCall, issued: IssuedSession) -> dict[str, Any]:
    return {
        "access_token": call.deps.tokens.sign(issued),
        "refresh_token": issued.refresh_secret,
        "token_type": "Bearer",
        "expires_in": LIFE_S,
    }
