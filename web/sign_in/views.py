"""Signing in with Google, signing out, and switching to another tenant."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

import structlog
from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from jobs.to_google.id_token import SignInRefused
from jobs.to_google.sign_in import CALLBACK
from models.accounts import sessions
from models.errors import AppError, NotAllowed
from web.security.guards import guessable, path_of_ours, signed_in
from web.sign_in.sign_in import SETUP, Denied, LinkExpired, SignIn

START: Final = "/sign-in"

log = structlog.get_logger()


def sign_in_pages(sign_in: SignIn) -> Blueprint:
    """Return the endpoints /sign-in, /oauth/google/callback, /sign-out and /tenant."""
    doors = Blueprint("sign_in", __name__)

    @doors.get(START)
    def start() -> ResponseReturnValue:
        back = path_of_ours(request.args.get("next"), SETUP)
        if sign_in.sessions.current() is not None:
            return redirect(back, 303)
        if not sign_in.google.is_there:
            return render_template("sign_in.html")
        try:
            return sign_in.moved() or sign_in.to_google(back)
        except AppError as error:
            return problem(error, _again(back))

    @doors.get(CALLBACK)
    @guessable
    def callback() -> ResponseReturnValue:
        back, ticket = SETUP, ""
        try:
            flow = sign_in.came_back()
            back = path_of_ours(flow.return_to, SETUP)
            verifier, _, ticket = flow.secret.partition(" ")
            who = sign_in.google.identity(_code(), verifier, flow.nonce)
            return sign_in.admit_by_ticket(who, ticket) if ticket else sign_in.admit(who, back)
        except AppError as error:
            return problem(error, f"/connect/{ticket}" if ticket else _again(back))

    @doors.post("/sign-out")
    def sign_out() -> Response:
        answer = redirect("/", 303)
        sign_in.sessions.sign_out(answer)
        return answer

    @doors.post("/tenant")
    @signed_in
    def switch() -> ResponseReturnValue:
        person, wanted = sign_in.sessions.current(), request.form.get("tenant", "")
        with sign_in.database.reading_all() as session:
            mine = sessions.memberships(session, person.email) if person else []
        chosen = next((each.tenant_id for each in mine if str(each.tenant_id) == wanted), None)
        if person is None or chosen is None:
            raise NotAllowed(user_message="You are in no such team.")
        sign_in.sessions.switch_tenant(person.session_id, chosen)
        return redirect(path_of_ours(request.form.get("next"), SETUP), 303)

    return doors


def _code() -> str:
    """Return the code of a callback. Raises Denied, or SignInRefused if there is none."""
    if error := request.args.get("error"):
        raise Denied(error[:60])
    code = request.args.get("code", "")
    if not code:
        raise SignInRefused("no code")
    return code


def problem(error: AppError, again: str) -> ResponseReturnValue:
    """Return the page that explains why the sign-in failed, with a link to retry: the path `again`."""
    log.warning("sign_in.refused", code=error.code, why=str(error)[:200])
    is_over = isinstance(error, LinkExpired)
    title = "This link is over" if is_over else "Not signed in"
    page = render_template(
        "sign_in.html", title=title, words=error.user_message, again="" if is_over else again
    )
    return page, error.status


def _again(back: str) -> str:
    return f"{START}?{urlencode({'next': back})}"
