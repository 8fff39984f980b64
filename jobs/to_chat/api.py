"""The Google Chat API as much as we use it, with app authentication.

Three traps, each measured: the discovery client builds its methods at every `.spaces()` (9.2 ms and hundreds
of MB; one cached resource takes 0.28 ms); an httplib2.Http that threads share gives responses to the wrong
caller (so each thread has its own); httplib2 sends a POST again when the connection drops (not here, see
`jobs.to_chat.http`, and every create has its ids).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPException
from typing import Any, Final

import google.auth
import httplib2
import structlog
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import service_account
from google_auth_httplib2 import Request as HttplibRequest
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from jobs.to_chat.errors import error_of, is_already_there
from jobs.to_chat.http import Http
from jobs.to_chat.staging import AllowedSpaces
from jobs.to_servers.deadline import ends_within, time_left
from models.errors import BadMessage, DestinationGone, PermanentFailure, RateLimited, TemporaryFailure
from models.settings import CHAT_API_URL, Settings

SCOPES: Final = ["https://www.googleapis.com/auth/chat.bot"]
TIMEOUT_S: Final = 10  # of a whole request, and of fetching a token
CONTENT: Final = ("text", "cardsV2", "fallbackText")  # what of a message can be changed later
REPLY_OPTION: Final = "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD"
OR_FAIL: Final = "REPLY_MESSAGE_OR_FAIL"
SILENCE: Final = "createMessageNotificationOptions_notificationType"  # as the discovery client spells it

log = structlog.get_logger()


class ChatApi:
    """One client for all threads of a process; each thread has its own connection."""

    def __init__(self, settings: Settings) -> None:
        self.api_url = settings.chat_api_url or CHAT_API_URL
        self.allowed_spaces = AllowedSpaces(settings)
        self._key_file = settings.google_application_credentials
        self._building, self._refreshing = threading.Lock(), threading.Lock()
        self._threads = threading.local()
        self._credentials: Any = None
        self._spaces: Any = None
        self._messages: Any = None
        self._direct: dict[str, str] = {}

    def create(
        self,
        space: str,
        body: dict[str, Any],
        *,
        message_id: str,
        request_id: str,
        is_silent: bool = False,
        only_replies: bool = False,
    ) -> str:
        """Post a message into `spaces/AAAA` and return its name; a silent one notifies nobody.

        One that `only_replies` begins no thread: where there is none, it is DestinationGone.

        The same `message_id` or `request_id` again returns the message that is there already. A 409 proves
        nothing by itself (Google answers ABORTED with it, too): the message has to be there.
        Raises RateLimited, TemporaryFailure, BadMessage, DestinationGone or OutsideStaging.
        """
        self.allowed_spaces.require(space)
        option = OR_FAIL if only_replies else REPLY_OPTION
        options = {"messageReplyOption": option} if "thread" in body else {}
        options |= {SILENCE: "NOTIFICATION_TYPE_SILENT"} if is_silent else {}
        request = self._messages_resource().create(
            parent=space, body=body, messageId=message_id, requestId=request_id, **options
        )
        try:
            reply = self._send_authorized(request)
        except HttpError as refused:
            if is_already_there(refused.status_code, refused.content):
                return self.name_of_ours(space, message_id)
            raise error_of(refused.status_code, refused.resp, refused.content) from refused
        return str(reply.get("name", ""))

    def update(self, name: str, body: dict[str, Any]) -> None:
        """Replace the content of our message `spaces/AAAA/messages/BBBB`; nobody is notified of it.

        Raises as `create`; DestinationGone also if the message was deleted.
        """
        self.allowed_spaces.require(name)
        content = {key: part for key, part in body.items() if key in CONTENT}
        request = self._messages_resource().patch(name=name, body=content, updateMask="text,cardsV2")
        try:
            self._send_authorized(request)
        except HttpError as refused:
            raise error_of(refused.status_code, refused.resp, refused.content) from refused

    def name_of_ours(self, space: str, message_id: str) -> str:
        """Return the name of our message that an earlier attempt left; try again later if there is none."""
        request = self._messages_resource().get(name=f"{space}/messages/{message_id}")
        try:
            return str(self._send_authorized(request).get("name", ""))
        except HttpError as refused:
            error = error_of(refused.status_code, refused.resp, refused.content)
            if isinstance(error, RateLimited):
                raise error from refused
            raise TemporaryFailure(
                f"409 ALREADY_EXISTS, but our message is not there: {error}", http_status=409
            ) from refused

    def direct_space(self, person: str) -> str:
        """Return the direct message space of a person: `users/123`, or an e-mail where Chat knows it.

        Raises DestinationGone when the person has not written to the app yet, or Chat knows no such person
        (400 for what is no e-mail of an account), in staging OutsideStaging: its app is another one, and
        who knows production's need not know it; else as `create`.
        """
        if self.allowed_spaces.is_empty:
            self.allowed_spaces.refuse_direct()
        if person not in self._direct:
            name = person if person.startswith("users/") else f"users/{person}"
            self._messages_resource()
            try:
                found = self._send_authorized(self._spaces.findDirectMessage(name=name))
            except HttpError as refused:
                error = error_of(refused.status_code, refused.resp, refused.content)
                if isinstance(error, PermanentFailure):
                    self.allowed_spaces.refuse_direct()
                is_nobody = isinstance(error, BadMessage)
                raise (DestinationGone(str(error), http_status=400) if is_nobody else error) from refused
            self._direct[person] = str(found["name"])
        self.allowed_spaces.require(self._direct[person])
        return self._direct[person]

    @property
    def has_key_file(self) -> bool:
        """Whether the key of an account is at hand, so that the machine is not asked for one."""
        return bool(self._key_file)

    def live_token(self) -> str | None:
        """Return a token that is valid now, None if one has to be fetched first."""
        credentials = self._credentials
        return str(credentials.token) if credentials is not None and credentials.valid else None

    def token(self, *, fresh: bool = False) -> str:
        """Return a valid token, after a 401 a `fresh` one. Raises what fetching it raises."""
        return str(self._valid_credentials(fresh=fresh).token)

    def _send_authorized(self, request: Any) -> dict[str, Any]:
        """Send with a valid token; after a 401 with a fresh one, once."""
        try:
            try:
                return self._with_token(request, fresh=False)
            except HttpError as refused:
                if refused.status_code != 401:
                    raise
                return self._with_token(request, fresh=True)
        except HttpError:
            raise
        except (OSError, HTTPException, httplib2.HttpLib2Error, GoogleAuthError) as broken:
            self._threads.http = None
            raise TemporaryFailure(f"{type(broken).__name__}: {broken}"[:300]) from broken

    def _with_token(self, request: Any, *, fresh: bool) -> dict[str, Any]:
        credentials = self._valid_credentials(fresh=fresh)
        request.headers["authorization"] = f"Bearer {credentials.token}"
        reply: dict[str, Any] = request.execute(http=self._thread_http())
        return reply

    def _thread_http(self) -> httplib2.Http:
        http = getattr(self._threads, "http", None)
        if http is None:
            http = Http(timeout=TIMEOUT_S)
            http.follow_redirects = False
            self._threads.http = http
        return http

    def _messages_resource(self) -> Any:
        """Return the one cached `spaces().messages()`."""
        if self._messages is None:
            with self._building:
                if self._messages is None:
                    service = build(
                        "chat",
                        "v1",
                        http=Http(timeout=TIMEOUT_S),
                        static_discovery=True,
                        cache_discovery=False,
                        client_options={"api_endpoint": self.api_url},
                    )
                    self._spaces = service.spaces()
                    self._messages = self._spaces.messages()
        return self._messages

    def _valid_credentials(self, *, fresh: bool) -> Any:
        """Return credentials with a live token; one thread refreshes while the others wait."""
        credentials = self._credentials
        if credentials is not None and credentials.valid and not fresh:
            return credentials
        expired = credentials.token if credentials is not None else None
        with self._turn_to_refresh():
            if self._credentials is None:
                self._credentials = self._load_credentials()
            is_same = self._credentials.token == expired
            if not self._credentials.valid or (fresh and is_same):
                with closing(Http(timeout=TIMEOUT_S)) as http:
                    self._credentials.refresh(HttplibRequest(http))
            return self._credentials

    @contextmanager
    def _turn_to_refresh(self) -> Iterator[None]:
        """Keep other threads out; `TIMEOUT_S` to wait for the turn, and as much for all that is asked inside.

        Raises TimeoutError.
        """
        with ends_within(TIMEOUT_S):
            left_s = time_left()
        if not self._refreshing.acquire(timeout=left_s):
            raise TimeoutError("another thread waits for Google's token")
        try:
            with ends_within(TIMEOUT_S):  # google-auth asks up to five times
                yield
        finally:
            self._refreshing.release()

    def _load_credentials(self) -> Any:
        """Read the configured key file, else use what the machine offers (App Engine's own account)."""
        if self._key_file:
            return service_account.Credentials.from_service_account_file(self._key_file, scopes=SCOPES)
        with closing(Http(timeout=TIMEOUT_S)) as http:
            credentials, _ = google.auth.default(scopes=SCOPES, request=HttplibRequest(http))
        return credentials
