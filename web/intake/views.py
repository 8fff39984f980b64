"""Takes what people enter in forms on web sites; the token in the address is the proof."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request
from limits import RateLimitItemPerDay, RateLimitItemPerMinute
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from jobs.process.embedded_redis import redis_url
from models.database.engine import ConstraintViolation, Database
from models.errors import NotAllowed, TokenInvalid
from models.intake.actions import Entered, accept
from models.intake.queries import form_of_token
from models.pipedrive.contact_details import EMAIL_LETTERS, NAME_LETTERS, PHONE_LETTERS, is_email
from models.settings import Settings
from models.tables.leads import IntakeForm
from web.api.errors import InvalidFields, RequestLimitReached
from web.api.limits import UNKNOWN, RateLimits
from web.api.routes import PREFIX
from web.incoming.json_body import read_json
from web.security.guards import own_proof
from web.security.rate_limit import network_of

MOST_BYTES: Final = 32 * 1024
BY_FORM: Final = RateLimitItemPerMinute(60, 1, namespace="pipenotify/intake-form")
BY_DAY: Final = RateLimitItemPerDay(500, 1, namespace="pipenotify/intake-day")
BY_ADDRESS: Final = RateLimitItemPerMinute(10, 1, namespace="pipenotify/intake-address")
TRAP: Final = "website"  # a field that people do not see, and programs that fill in everything do
LETTERS: Final = {
    "name": NAME_LETTERS,
    "email": EMAIL_LETTERS,
    "phone": PHONE_LETTERS,
    "organization": NAME_LETTERS,
    "title": 255,
    "message": 5000,
}
AGREED: Final = ("1", "on", "true", "yes")
THANKS: Final = "<!doctype html><title>Thank you</title><p>Thank you. It has arrived.</p>"


class SiteNotAllowed(NotAllowed):
    """Raised for a page of a site that the form does not name."""

    user_message = "This form takes nothing from that site. An admin names the sites that may send it."


def intake_doors(settings: Settings, database: Database) -> Blueprint:
    """Return the route /api/v1/intake/<token>."""
    doors = Blueprint("intake", __name__, url_prefix=PREFIX)
    limits = RateLimits(redis_url(settings))

    @doors.route("/intake/<token>", methods=["OPTIONS"], provide_automatic_options=False)
    @own_proof
    def ask(token: str) -> Response:
        return _with_origin(Response(status=204), _form(token, database, limits))

    @doors.post("/intake/<token>")
    @own_proof
    def take(token: str) -> Response:
        form = _form(token, database, limits)
        _check_site(form)
        _count(limits, form)
        entered = _read()
        if entered is not None:  # a program that fell into the trap gets the same answer
            _store(database, form, entered)
        answer = jsonify(success=True) if request.is_json else Response(THANKS, mimetype="text/html")
        answer.status_code = 202
        return _with_origin(answer, form)

    return doors


def _form(token: str, database: Database, limits: RateLimits) -> IntakeForm:
    with database.reading_all() as session:
        form = form_of_token(session, token)
    if form is None:
        state = limits.count(UNKNOWN, network_of(request.remote_addr or ""))
        if state.is_over:
            raise RequestLimitReached(state.retry_after())
        raise TokenInvalid
    return form


def _check_site(form: IntakeForm) -> None:
    origin = request.headers.get("Origin", "")
    if origin and origin.lower() not in form.origins:
        raise SiteNotAllowed


def _count(limits: RateLimits, form: IntakeForm) -> None:
    network = network_of(request.remote_addr or "")
    for limit, who in (
        (BY_ADDRESS, f"{form.id} {network}"),
        (BY_FORM, str(form.id)),
        (BY_DAY, str(form.id)),
    ):
        state = limits.count(limit, who)
        if state.is_over:
            raise RequestLimitReached(state.retry_after())


def _store(database: Database, form: IntakeForm, entered: Entered) -> None:
    try:
        with database.writing(form.tenant_id) as session:
            accept(session, form, entered)
    except ConstraintViolation:  # the same, at the same moment
        with database.writing(form.tenant_id) as session:
            accept(session, form, entered)


def _read() -> Entered | None:
    """Return what was entered, None for a program. Raises InvalidFields, BadRequest."""
    if (request.content_length or 0) > MOST_BYTES or len(request.get_data()) > MOST_BYTES:
        raise RequestEntityTooLarge
    given: Any = read_json() if request.is_json else request.form
    if not isinstance(given, Mapping):
        raise BadRequest("The body is no JSON object.")
    if _text(given, TRAP):
        return None
    texts = {name: _text(given, name) for name in LETTERS}
    problems = [
        (name, f"has at most {most} characters") for name, most in LETTERS.items() if len(texts[name]) > most
    ]
    if problems:
        raise InvalidFields(problems)
    texts["email"] = texts["email"].lower()
    if texts["email"] and not is_email(texts["email"]):
        problems.append(("email", "is no e-mail address"))
    if not (texts["name"] or texts["email"] or texts["organization"]):
        problems.append(("name", "a name, an e-mail address or an organization is needed"))
    if problems:
        raise InvalidFields(problems)
    texts["title"] = texts["title"] or texts["organization"] or texts["name"] or texts["email"]
    return Entered(**texts, agreed=_text(given, "consent").lower() in AGREED)


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str | bool | int | float):
        raise InvalidFields([(name, "is no text")])
    plain = str(value).replace("\x00", "").strip()
    return plain if name == "message" else " ".join(plain.split())


def _with_origin(answer: Response, form: IntakeForm) -> Response:
    """Let a page of a named site read the answer. Cookies are never taken."""
    answer.vary.add("Origin")
    origin = request.headers.get("Origin", "")
    if origin.lower() in form.origins:
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Allow-Methods"] = "POST"
        answer.headers["Access-Control-Allow-Headers"] = "Content-Type"
        answer.headers["Access-Control-Max-Age"] = "600"
    return answer
