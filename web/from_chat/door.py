"""The endpoint of Google Chat: takes verified interactions, answers in the same dialect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, Unauthorized

from bot.chat.interaction import Interaction
from bot.chat.parse import UnreadableInteraction, parse_interaction
from bot.context import BotDeps
from bot.dispatch import dispatch
from models.database.engine import Database
from models.operating.check import check
from models.security.vault import Vault
from models.settings import Settings
from web.from_chat.google_token import ChatTokenVerifier
from web.from_chat.last_seen import ChatLastSeen
from web.security.guards import own_proof


def chat_blueprint(
    database: Database,
    settings: Settings,
    vault: Vault,
    verifier: ChatTokenVerifier,
    wake: Callable[[], None],
) -> Blueprint:
    """Return the endpoint `POST /chat/events`.

    401 unless Google signed the request for us, 400 if it is no JSON object, else 200. `wake` is called
    after the commit if something is due to be sent. Bodies contain tokens, so none is logged.
    """
    door = Blueprint("from_chat", __name__)
    deps = BotDeps(
        database,
        vault,
        settings.base_url,
        settings.keep_days,
        check=lambda: check(database, settings),
        only_spaces=settings.allowed_spaces,
    )
    last_seen = ChatLastSeen(database)

    @door.post("/chat/events")
    @own_proof
    def events() -> Response:
        if not verifier.admits(request.headers.get("Authorization")):
            raise Unauthorized("Only Google Chat may speak here.")
        answered = dispatch(_interaction(request.get_data()), deps)
        if answered.wake_worker:
            wake()
        last_seen.heard()
        return Response(orjson.dumps(answered.body), mimetype="application/json")

    return door


def _interaction(raw: bytes) -> Interaction:
    try:
        body: Any = orjson.loads(raw)
        return parse_interaction(body)
    except (orjson.JSONDecodeError, UnreadableInteraction) as wrong:
        raise BadRequest("An interaction is a JSON object.") from wrong
