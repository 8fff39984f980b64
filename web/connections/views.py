"""The endpoints of Pipedrive's OAuth: redirect, callback, and the confirmation in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

import structlog
from flask import Blueprint, Response, g, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from models.accounts.oauth_flows import Flow
from models.accounts.queries import tenant_name
from models.accounts.sessions import SignedInUser
from models.connections.company_owner import MADE
from models.connections.connect import Connected
from models.errors import AppError
from models.security.secrets import digest_of
from models.tables.accounts import CONNECT, PERSONAL
from web.connections.errors import (
    CodeMissing,
    ConsentDenied,
    ConsentFailed,
    OtherAccount,
    PipedriveBusy,
    TooManyAtOnce,
)
from web.connections.flow import Consents
from web.errors import error_body
from web.incoming.json_body import read_json
from web.security.guards import guessable, own_proof, signed_in, to_sign_in
from web.security.hosts import is_loopback
from web.security.rate_limit import FailureCounter
from web.security.sessions import Sessions

PREFIX: Final = "/api/v1/oauth"
AS_ME: Final = f"{PREFIX}/pipedrive?as=me"
DENIALS: Final = ("user_denied", "access_denied")

# A consent begun without signing in is a database row until it ends; an office may begin this many.
MOST_BEGUN: Final = 60
WINDOW_S: Final = 300

log = structlog.get_logger()


def oauth(consents: Consents, sessions: Sessions, wake: Callable[[], None]) -> Blueprint:
    """Return the endpoints below /api/v1/oauth. `wake` is called after a commit that created deliveries."""
    doors = Blueprint("oauth", __name__, url_prefix=PREFIX)
    doors.register_error_handler(AppError, _error_answer)
    doors.before_request(_bound(sessions, FailureCounter(MOST_BEGUN, WINDOW_S)))
    _way_there(doors, consents, sessions)
    _way_back(doors, consents, sessions, wake)
    _question(doors, consents, sessions, wake)
    return doors


def _bound(sessions: Sessions, begun: FailureCounter) -> Callable[[], None]:
    """Return a check that limits how many consents an address may begin without signing in."""

    def check() -> None:
        address = request.remote_addr or ""
        writes = request.method == "GET" and request.path in {f"{PREFIX}/pipedrive", f"{PREFIX}/callback"}
        if writes and not is_loopback(address) and sessions.current() is None and begun.is_too_many(address):
            raise TooManyAtOnce

    return check


def _way_there(doors: Blueprint, consents: Consents, sessions: Sessions) -> None:
    @doors.get("/pipedrive")
    def ask() -> ResponseReturnValue:
        person, is_own = sessions.current(), request.args.get("as") == "me"
        if is_own and person is None:
            return to_sign_in()
        answer = make_response("", 302)
        browser_hash = digest_of(sessions.browser(answer))
        answer.location = consents.begin(PERSONAL if is_own else CONNECT, person, browser_hash)
        return answer


def _way_back(doors: Blueprint, consents: Consents, sessions: Sessions, wake: Callable[[], None]) -> None:
    @doors.get("/callback")
    @guessable
    def callback() -> ResponseReturnValue:
        code, flow = _brought(consents, sessions, request.args)
        person = sessions.current()
        if flow is not None and flow.email is not None and person is not None:
            return redirect(_finished(consents, code, flow, person, wake), 303)
        return _parked(consents, sessions, code, flow)

    @doors.post("/callback")
    @own_proof  # only the page that started the flow knows the state
    @guessable
    def callback_by_script() -> ResponseReturnValue:
        person = sessions.current()
        if person is None:
            raise Unauthorized("Sign in first.")
        payload = read_json() if request.is_json else request.form
        code, flow = _brought(consents, sessions, payload if isinstance(payload, Mapping) else {})
        if flow is None:
            raise CodeMissing
        if flow.email is None:
            raise OtherAccount
        return jsonify({"success": True, "next": _finished(consents, code, flow, person, wake)})


def _question(doors: Blueprint, consents: Consents, sessions: Sessions, wake: Callable[[], None]) -> None:
    @doors.get("/confirm")
    @signed_in
    def look() -> str:
        person = _whoever(sessions)
        handle = request.args.get("install", "")
        return render_template("consent.html", person=person, install=handle, team=_team(consents, person))

    @doors.post("/confirm")
    @guessable
    @signed_in
    def confirm() -> ResponseReturnValue:
        handle, team = request.form.get("install", ""), request.form.get("team", "")
        made = consents.confirm(handle, team, _whoever(sessions), sessions.browser_hash())
        wake()
        return redirect(_done(made), 303)


def _brought(consents: Consents, sessions: Sessions, payload: Any) -> tuple[str, Flow | None]:
    """Read the parameters of a callback; its state is used up in any case.

    Raises ConsentDenied, ConsentFailed, CodeMissing, FlowUnknown, FlowExpired, FlowElsewhere.
    """
    state, code, error = (_text(payload.get(name)) for name in ("state", "code", "error"))
    flow = consents.take(state, sessions.browser_hash()) if state else None
    if flow is not None and flow.purpose == PERSONAL:
        g.starts_again = AS_ME
    if error:
        raise ConsentDenied if error in DENIALS else ConsentFailed
    if not code:
        raise CodeMissing
    return code, flow


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _finished(
    consents: Consents, code: str, flow: Flow, person: SignedInUser, wake: Callable[[], None]
) -> str:
    """Store a consent and return the page that confirms it."""
    if flow.purpose == PERSONAL:
        consents.finish_personal(code, flow, person)
        return "/setup?said=acts#said"
    made = consents.finish(code, flow, person)
    wake()
    return _done(made)


def _done(made: Connected) -> str:
    how = () if made.joined.how == MADE else (made.joined.how,)
    notices = ",".join((*how, *made.notices))
    return f"/setup?{urlencode({'connected': 1} | ({'also': notices} if notices else {}))}#said"


def _parked(consents: Consents, sessions: Sessions, code: str, flow: Flow | None) -> AnyResponse:
    """Ask a signed-in person whether a code is theirs, before it is used."""
    answer = make_response("", 303)
    handle = consents.park(code, flow, digest_of(sessions.browser(answer)))
    confirm = f"{PREFIX}/confirm?{urlencode({'install': handle})}"
    is_known = sessions.current() is not None
    answer.location = confirm if is_known else f"/sign-in?{urlencode({'next': confirm})}"
    return answer


def _whoever(sessions: Sessions) -> SignedInUser:
    """Return who is signed in; a guard before the view ensures that somebody is."""
    person = sessions.current()
    if person is None:
        raise Unauthorized("Sign in first.")
    return person


def _team(consents: Consents, person: SignedInUser) -> str:
    if person.tenant_id is None:
        return ""
    with consents.database.reading(person.tenant_id) as session:
        return tenant_name(session, person.tenant_id) or ""


def _error_answer(error: AppError) -> tuple[Response, int]:
    """Return an error page with the next step to a browser, the API's error envelope to other clients."""
    log.warning("oauth.failed", code=error.code, why=str(error)[:200])
    asked = request.accept_mimetypes
    if request.method == "GET" or asked.quality("text/html") > asked.quality("application/json"):
        answer = make_response(render_template("consent_trouble.html", error=error))
    else:
        answer = jsonify(error_body(error.user_message, error.code))
    if isinstance(error, PipedriveBusy) and error.retry_after:
        answer.headers["Retry-After"] = str(int(error.retry_after) + 1)
    return answer, error.status
