"""Runs a route: who calls, how often, what they send; then the handler, in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Final

from flask import Response, request

from models.accounts.denials import note_denied
from models.accounts.features import FeatureDisabled, require_feature
from models.accounts.idempotency import KeptAnswer, find_answer, keep_answer
from models.accounts.tokens import ApiCaller
from models.database.engine import ConstraintViolation, Session
from models.errors import NotAllowed, NotAuthenticated, NotYours, TokenMissing
from models.logs import note_who_acts
from models.security.vault import Vault
from web.api.envelope import draw
from web.api.errors import InvalidFields, ScopeMissing
from web.api.gate import Gate
from web.api.incoming import JSON, read_body, read_params
from web.api.routes import ApiCall, ApiDeps, ApiRoute, OpenCall

LONGEST_KEY: Final = 255
_KEY: Final = "Idempotency-Key"


def run(route: ApiRoute, deps: ApiDeps, gate: Gate, ids: dict[str, str]) -> Response:
    """Answer a request to a route."""
    caller = gate.admit(route.limit)
    note_who_acts(caller.actor)
    try:
        return _run_for(route, deps, caller, ids)
    except FeatureDisabled:
        raise
    except (NotAllowed, NotYours) as denied:
        note_denied(deps.database, caller.actor, f"{route.method} {route.path}", str(denied))
        raise


def _run_for(route: ApiRoute, deps: ApiDeps, caller: ApiCaller, ids: dict[str, str]) -> Response:
    if route.scope not in caller.scopes:
        raise ScopeMissing(route.scope)
    params, body = read_params(route), read_body(route)
    if_match = request.headers.get("If-Match", "").removeprefix("W/").strip('" ')

    def act(session: Session) -> tuple[ApiCall, Response]:
        for feature in route.features:
            require_feature(session, caller.actor.tenant, feature)
        call = ApiCall(session, caller.actor, deps, ids, params, body, if_match, caller.scopes)
        return call, draw(route, route.handle(call), params)

    if not route.writes:
        with deps.database.reading(caller.actor.tenant) as session:
            answer = act(session)[1]
        answer.make_conditional(request)
        return answer
    call, answer = _write_once(route, deps, caller, act)
    if call is not None and call.wake:
        deps.wake()
    if route.follow is not None:
        body = answer.get_json()
        body["data"] = route.follow(deps, caller.actor.tenant, body["data"])
        answer.set_data(json.dumps(body, ensure_ascii=False))
    return answer


def run_open(route: ApiRoute, deps: ApiDeps, gate: Gate, _ids: dict[str, str]) -> Response:
    """Answer a request that brings its proof in the body, or needs none."""
    if not request.get_data() and "Authorization" not in request.headers:
        gate.count_unknown()
        raise TokenMissing
    try:
        call = OpenCall(deps, read_body(route))
        result = route.handle(call)
    except NotAuthenticated:
        gate.count_failure()
        raise
    gate.count_tenant(call.tenant_id)
    return draw(route, result)


def _write_once(
    route: ApiRoute, deps: ApiDeps, caller: ApiCaller, act: Callable[[Session], tuple[ApiCall, Response]]
) -> tuple[ApiCall | None, Response]:
    """Act, or return what the same request with the same Idempotency-Key was answered."""
    key, database = _idempotency_key(route), deps.database
    vault = deps.vault if route.shows_secret else None
    if key is None:
        with database.writing(caller.actor.tenant) as session:
            return act(session)
    try:
        with database.writing(caller.actor.tenant) as session:
            if (kept := _kept(session, caller, key, vault)) is not None:
                return None, kept
            call, answer = act(session)
            kept_answer = KeptAnswer(answer.status_code, answer.get_data(as_text=True))
            keep_answer(session, caller.actor, key, _hash(), kept_answer, vault)
            return call, answer
    except ConstraintViolation:  # the same request, at the same moment in another process
        with database.writing(caller.actor.tenant) as session:
            kept = _kept(session, caller, key, vault)
        if kept is None:
            raise
        return None, kept


def _idempotency_key(route: ApiRoute) -> str | None:
    key = request.headers.get(_KEY)
    if key is None or route.method != "POST":
        return None
    if not (key.isascii() and key.isprintable() and 0 < len(key) <= LONGEST_KEY):
        raise InvalidFields([(_KEY, f"must have 1 to {LONGEST_KEY} printable ASCII characters")])
    return key


def _kept(session: Session, caller: ApiCaller, key: str, vault: Vault | None) -> Response | None:
    found = find_answer(session, caller.actor, key, _hash(), vault)
    if found is None:
        return None
    answer = Response(found.body, found.status, mimetype=JSON)
    data = json.loads(found.body).get("data")
    if isinstance(data, dict) and "version" in data:
        answer.set_etag(str(data["version"]))
    return answer


def _hash() -> str:
    """Return the hash of all that makes two requests the same."""
    head = f"{request.method} {request.path}?{request.query_string.decode('latin-1')}\n"
    return hashlib.sha256(head.encode() + request.get_data()).hexdigest()
