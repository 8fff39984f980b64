"""Posts messages to Chat from an event loop: a hundred under way cost what a few threads do.

Only this one call, the hot one, is made here; all others are made by `jobs.to_chat.api`.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import quote, urlencode

import httplib2
import orjson
from google.auth.exceptions import GoogleAuthError
from httplib2 import certs

from jobs.to_chat.api import REPLY_OPTION, TIMEOUT_S, ChatApi
from jobs.to_chat.errors import error_of, is_already_there
from jobs.to_chat.kept_connections import KeptConnections, Reply
from models.errors import TemporaryFailure
from models.security.certificates import trusted

SILENCE: Final = "createMessageNotificationOptions.notificationType"
_SPACE: Final = re.compile(r"spaces/[^/?#]+")


class Poster:
    """Creates messages. Its coroutines all run in one event loop, in which `close` ends its connections."""

    def __init__(self, chat: ChatApi) -> None:
        self._chat = chat
        self._wire: KeptConnections | None = None

    async def create(
        self, space: str, body: dict[str, Any], *, message_id: str, request_id: str, is_silent: bool = False
    ) -> str:
        """As `ChatApi.create`: the same errors, and a request is sent once.

        Raises ValueError for what is no space.
        """
        if not _SPACE.fullmatch(space):
            msg = f"no name of a space: {space[:80]}"
            raise ValueError(msg)
        self._chat.allowed_spaces.require(space)
        options = {"messageId": message_id, "requestId": request_id}
        options |= {"messageReplyOption": REPLY_OPTION} if "thread" in body else {}
        options |= {SILENCE: "NOTIFICATION_TYPE_SILENT"} if is_silent else {}
        try:
            status, headers, content = await self._post_authorized(space, options, orjson.dumps(body))
        except (
            OSError,  # a TimeoutError is one
            HTTPException,
            httplib2.HttpLib2Error,
            GoogleAuthError,
        ) as broken:
            raise TemporaryFailure(f"{type(broken).__name__}: {broken}"[:300]) from broken
        if is_already_there(status, content):
            return await asyncio.to_thread(self._chat.name_of_ours, space, message_id)
        if not 200 <= status < 300:
            raise error_of(status, headers, content)
        return _name_in(content)

    async def open(self) -> None:
        """Fetch a token where a key is at hand; if that fails, the first message has the error."""
        if self._chat.has_key_file:
            with suppress(Exception):
                await asyncio.to_thread(self._chat.token)

    async def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    async def _post_authorized(self, space: str, options: dict[str, str], content: bytes) -> Reply:
        """Post with a valid token; after a 401 with a fresh one, once."""
        token = self._chat.live_token()
        if token is None:
            token = await asyncio.to_thread(self._chat.token)
        reply = await self._post(space, options, content, token)
        if reply[0] != 401:
            return reply
        token = await asyncio.to_thread(self._chat.token, fresh=True)
        return await self._post(space, options, content, token)

    async def _post(self, space: str, options: dict[str, str], content: bytes, token: str) -> Reply:
        target = f"/v1/{quote(space)}/messages?{urlencode(options)}"
        return await self._the_wire().post(target, {"Authorization": f"Bearer {token}"}, content)

    def _the_wire(self) -> KeptConnections:
        if self._wire is None:
            url = self._chat.api_url
            # Those that httplib2 trusts, which makes the first calls to Chat.
            tls = trusted(certs.where()) if url.startswith("https:") else None
            self._wire = KeptConnections(url, tls, TIMEOUT_S)
        return self._wire


def _name_in(content: bytes) -> str:
    try:
        return str(orjson.loads(content).get("name", ""))
    except (orjson.JSONDecodeError, AttributeError) as unreadable:
        raise TemporaryFailure("Chat's answer is no JSON object") from unreadable
