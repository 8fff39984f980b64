"""The doors out of Pipedrive: how the connection is, disconnecting, erasing, and uninstalls it tells of."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import structlog
from flask import Blueprint, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as AnyResponse

from models.accounts.sessions import SignedInUser
from models.clock import now
from models.connections.disconnect import leave, uninstalled
from models.database.engine import Database
from models.errors import NotFound
from models.maintenance import erase_tenant
from models.pipedrive.name_refs import id_key
from models.security.audit import Auditor
from models.settings import Settings
from models.tables.accounts import Tenant
from models.tables.connections import Connection, ConnectionState
from web.security.guards import admin, guessable, own_proof
from web.security.sessions import Sessions

UNUSED_LIFE: Final = timedelta(days=60)  # then Pipedrive forgets a refresh token

log = structlog.get_logger()


def disconnecting(
    settings: Settings, database: Database, auditor: Auditor, sessions: Sessions, wake: Callable[[], None]
) -> Blueprint:
    """Return the doors out. `wake` is called after a commit that owes somebody a message."""
    doors = Blueprint("disconnecting", __name__)

    @doors.get("/api/v1/oauth/status")
    def status() -> Response:
        person = sessions.current()
        if person is None:
            raise Unauthorized("Sign in first.")
        return jsonify(_status(database, person))

    @doors.delete("/api/v1/oauth/pipedrive")
    @admin
    def disconnect_by_script() -> ResponseReturnValue:
        if _leave(database, auditor, _tenant(sessions), _actor(sessions)):
            return jsonify({"success": True, "status": ConnectionState.LEAVING}), 202
        return jsonify({"success": True, "status": ConnectionState.NONE}), 200

    @doors.post("/setup/disconnect")
    @admin
    def disconnect() -> AnyResponse:
        tenant_id, actor = _tenant(sessions), _actor(sessions)
        if request.form.get("data") == "erase":
            said = _erase(database, tenant_id, request.form.get("team", ""))
            return redirect(f"/setup?said={said}#said", 303)
        _leave(database, auditor, tenant_id, actor)
        return redirect("/setup?said=leaving#said", 303)

    @doors.delete("/api/v1/oauth/callback")
    @own_proof  # Pipedrive sends the app's own id and secret
    @guessable
    def uninstall() -> Response:
        if not _is_pipedrive(settings, request.headers.get("Authorization", "")):
            raise Unauthorized("Only Pipedrive may say so.")
        said = request.get_json(silent=True, force=True)
        company, user = (_id(said, name) for name in ("company_id", "user_id"))
        with database.writing_all() as session:
            lost = uninstalled(session, auditor, company, user, f"{settings.base_url}/setup")
        if lost:
            wake()
        log.info("pipedrive.uninstalled", tenants=lost)
        return jsonify({"success": True})

    return doors


def _status(database: Database, person: SignedInUser) -> dict[str, Any]:
    """Say how the connection of the team they look at is: none, connected, expired, leaving or revoked."""
    row = None
    if person.tenant_id is not None:
        with database.reading(person.tenant_id) as session:
            row = session.scalar(select(Connection).where(Connection.tenant_id == person.tenant_id))
    if row is None:
        return {"status": ConnectionState.NONE, "company": None, "problem": ""}
    return {"status": _word(row), "company": row.company_name or row.domain, "problem": row.problem}


def _word(row: Connection) -> str:
    is_unused = row.refreshed_at is not None and row.refreshed_at < now() - UNUSED_LIFE
    if row.state == ConnectionState.NEEDS_REAUTH or (row.state == ConnectionState.CONNECTED and is_unused):
        return "expired"
    return "none" if row.state == ConnectionState.CONNECTED and row.refresh_token is None else row.state


def _leave(database: Database, auditor: Auditor, tenant_id: int, actor: str) -> bool:
    with database.writing(tenant_id) as session:
        if not leave(session, tenant_id):
            return False
        auditor.record(session, tenant_id, actor, "connection.left", "Pipedrive")
    return True


def _erase(database: Database, tenant_id: int, typed: str) -> str:
    """Begin to erase a team whose name was typed; return what the page is to say."""
    with database.writing_all() as session:
        name = session.scalar(select(Tenant.name).where(Tenant.id == tenant_id))
        if name is None or typed.strip() != name.strip():
            return "mistyped"
        erase_tenant.mark(session, tenant_id)
    log.warning("tenant.erasing", tenant_id=tenant_id)
    return "erasing"


def _tenant(sessions: Sessions) -> int:
    person = sessions.current()
    if person is None or person.tenant_id is None:
        raise NotFound("no tenant is looked at")
    return person.tenant_id


def _actor(sessions: Sessions) -> str:
    person = sessions.current()
    return person.email if person else ""


def _is_pipedrive(settings: Settings, authorization: str) -> bool:
    """Compare Basic credentials in constant time, byte by byte; without an app of ours nobody fits."""
    wanted = f"{settings.pipedrive_client_id}:{settings.pipedrive_client_secret}".encode()
    kind, _, coded = authorization.partition(" ")
    try:
        given = base64.b64decode(coded.strip().encode("ascii", "replace"), validate=True)
    except binascii.Error:
        given = b""
    is_same = hmac.compare_digest(given, wanted)
    has_app = bool(settings.pipedrive_client_id and settings.pipedrive_client_secret)
    return is_same and has_app and kind.lower() == "basic"


def _id(said: Any, name: str) -> str:
    """Read an id, number or text; an empty one fits nobody's."""
    value = said.get(name) if isinstance(said, Mapping) else None
    return id_key(value) or ""
