"""Endpoints for the connection's status, disconnecting, erasing, and uninstalls that Pipedrive reports."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from flask import Blueprint, Response, current_app, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from models.accounts.actor import Actor
from models.accounts.rights import Action
from models.accounts.sessions import SignedInUser
from models.connections.actions import disconnect
from models.connections.disconnect import forget_uninstalled
from models.connections.queries import connection_word, get_connection
from models.database.engine import Database
from models.errors import NotFound
from models.maintenance import erase_tenant
from models.pipedrive.name_refs import id_key
from models.settings import Settings
from models.tables.connections import ConnectionState
from web.incoming.json_body import read_json
from web.security.guards import allowed, guessable, own_proof
from web.security.sessions import Sessions

OF_PROGRAMS: Final = "api-plan.get_show_connection"  # the view of REST at the same address

log = structlog.get_logger()


def disconnecting(
    settings: Settings, database: Database, sessions: Sessions, wake: Callable[[], None]
) -> Blueprint:
    """Return the endpoints. `wake` is called after a commit that created deliveries."""
    doors = Blueprint("disconnecting", __name__)

    @doors.get("/api/v1/oauth/status")
    @own_proof  # it only reads, and programs have no session
    def status() -> Any:
        return _answer_status(database, sessions)

    @doors.delete("/api/v1/oauth/pipedrive")
    @allowed(Action.CONNECTION_CHANGE)
    def disconnect_by_script() -> ResponseReturnValue:
        if _disconnect(database, _actor(sessions)):
            return jsonify({"success": True, "status": ConnectionState.LEAVING}), 202
        return jsonify({"success": True, "status": ConnectionState.NONE}), 200

    @doors.post("/setup/disconnect")
    @allowed(Action.CONNECTION_CHANGE)
    def disconnect_by_form() -> AnyResponse:
        actor = _actor(sessions)
        if request.form.get("data") == "erase":
            with database.writing_all() as session:
                is_begun = erase_tenant.request_erasure(session, actor, request.form.get("team", ""))
            return redirect(f"/setup?said={'erasing' if is_begun else 'mistyped'}#said", 303)
        _disconnect(database, actor)
        return redirect("/setup?said=leaving#said", 303)

    @doors.delete("/api/v1/oauth/callback")
    @own_proof  # Pipedrive sends the app's own id and secret
    @guessable
    def uninstall() -> Response:
        if not _is_pipedrive(settings, request.headers.get("Authorization", "")):
            raise Unauthorized("Only Pipedrive may say so.")
        result = _result()
        company, user = (_id(result, name) for name in ("company_id", "user_id"))
        with database.writing_all() as session:
            lost = forget_uninstalled(session, company, user, f"{settings.base_url}/setup")
        if lost:
            wake()
        log.info("pipedrive.uninstalled", tenants=lost)
        return jsonify({"success": True})

    return doors


def _answer_status(database: Database, sessions: Sessions) -> Any:
    """Answer a browser by its session; a program, which has a token, as REST does."""
    if "Authorization" in request.headers:
        return current_app.view_functions[OF_PROGRAMS]()
    person = sessions.current()
    if person is None:
        raise Unauthorized("Sign in first.")
    return jsonify(_status(database, person))


def _status(database: Database, person: SignedInUser) -> dict[str, Any]:
    """Return the state of the selected tenant's connection: none, connected, expired, leaving or revoked."""
    row = None
    if person.tenant_id is not None:
        with database.reading(person.tenant_id) as session:
            row = get_connection(session, person.tenant_id)
    if row is None:
        return {"status": ConnectionState.NONE, "company": None, "problem": ""}
    return {"status": connection_word(row), "company": row.company_name or row.domain, "problem": row.problem}


def _disconnect(database: Database, actor: Actor) -> bool:
    with database.writing(actor.tenant) as session:
        return disconnect(session, actor)


def _actor(sessions: Sessions) -> Actor:
    person = sessions.current()
    if person is None or person.tenant_id is None:
        raise NotFound("no tenant is looked at")
    return person.actor


def _is_pipedrive(settings: Settings, authorization: str) -> bool:
    """Compare Basic credentials in constant time; without an app of ours none match."""
    wanted = f"{settings.pipedrive_client_id}:{settings.pipedrive_client_secret}".encode()
    kind, _, coded = authorization.partition(" ")
    try:
        given = base64.b64decode(coded.strip().encode("ascii", "replace"), validate=True)
    except binascii.Error:
        given = b""
    is_same = hmac.compare_digest(given, wanted)
    has_app = bool(settings.pipedrive_client_id and settings.pipedrive_client_secret)
    return is_same and has_app and kind.lower() == "basic"


def _result() -> Any:
    """Return what Pipedrive sent; None if it cannot be read, which names nobody."""
    try:
        return read_json()
    except (BadRequest, RequestEntityTooLarge):
        return None


def _id(result: Any, name: str) -> str:
    """Read an id, number or text; an empty one matches nothing."""
    value = result.get(name) if isinstance(result, Mapping) else None
    return id_key(value) or ""
