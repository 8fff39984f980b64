"""The client of Chat's incoming webhooks: a POST to a URL whose token is a secret."""

from __future__ import annotations

import threading
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import httpx
import orjson

from jobs.to_chat.errors import error_of
from jobs.to_chat.staging import AllowedSpaces
from jobs.to_servers.http import HttpClient
from models.destinations.webhook_url import lane_of
from models.errors import DestinationGone, TemporaryFailure
from models.settings import Settings

TIMEOUT_S: Final = 10.0
MOST_BYTES: Final = 1024 * 1024
REPLY_OPTION: Final = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
OR_FAIL: Final = "REPLY_MESSAGE_OR_FAIL"


class ChatWebhook:
    """One HTTP client for each thread: its pool is slow when many share it."""

    def __init__(self, settings: Settings) -> None:
        self._allowed_spaces = AllowedSpaces(settings)
        self._other_origin = settings.chat_api_url
        self._threads = threading.local()

    def create(self, url: str, body: dict[str, Any], *, request_id: str, only_replies: bool = False) -> str:
        """Post a message and return its name; one that `only_replies` fails where its thread is not there.

        Raises RateLimited, TemporaryFailure, BadMessage, DestinationGone or OutsideStaging; none of them
        contains the URL. A 409 is a TemporaryFailure: without an id of our own it cannot mean that our
        message is there.
        """
        self._allowed_spaces.require(lane_of(url))
        params = {"requestId": request_id}
        if "thread" in body:
            params["messageReplyOption"] = OR_FAIL if only_replies else REPLY_OPTION
        try:
            client = self._thread_client()
            request = client.build_request(
                "POST",
                self._post_url(url).copy_merge_params(params),
                content=orjson.dumps(body),
                headers={"content-type": "application/json; charset=UTF-8"},
            )
            reply = client.send(request, TIMEOUT_S, MOST_BYTES)
        except httpx.HTTPError as broken:
            raise TemporaryFailure(type(broken).__name__) from None
        if reply.status == 401:
            raise DestinationGone("401 the webhook was removed in the space", http_status=401)
        if not 200 <= reply.status < 300:
            raise error_of(reply.status, reply.headers, reply.body)
        return _message_name(reply.body)

    def _post_url(self, url: str) -> httpx.URL:
        """Return where to post: to Chat itself, or to the host of CHAT_API_URL."""
        if self._other_origin is None:
            return httpx.URL(url)
        other = urlsplit(self._other_origin)
        return httpx.URL(urlunsplit(urlsplit(url)._replace(scheme=other.scheme, netloc=other.netloc)))

    def _thread_client(self) -> HttpClient:
        client: HttpClient | None = getattr(self._threads, "client", None)
        if client is None:
            client = self._threads.client = HttpClient()
        return client


def _message_name(content: bytes) -> str:
    try:
        return str(orjson.loads(content).get("name", ""))
    except (orjson.JSONDecodeError, AttributeError):
        return ""
