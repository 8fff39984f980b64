"""Sends one message: what goes to a Chat space from an event loop, everything else from a thread."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from jobs.channels import CHANNELS, ChatClients, SendRequest, address_of
from jobs.channels.channel import body_of
from jobs.deliveries.about import about
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.render import render_message
from jobs.deliveries.results import LastCardGone, SendResult, log_fields
from jobs.deliveries.retry import SEND_WITHIN_S
from jobs.queue import INTERRUPTIONS
from jobs.to_chat.poster import Poster
from jobs.to_chat.send_loop import SendLoop
from jobs.to_servers.deadline import ends_within
from models.clock import monotonic, now
from models.errors import AppError, DestinationGone
from models.security.vault import Vault
from models.settings import Settings
from models.tables.deliveries import DeliveryState, ResentAs

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DrawnMessage:
    """A message with what its channel is to send, or with what went wrong as that was drawn."""

    message: OutgoingMessage
    outcome: SendRequest | Exception

    def request(self) -> SendRequest:
        """Return what is to be sent; raises what went wrong."""
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


class Sender:
    """Renders and sends messages; whatever goes wrong is in the result, only INTERRUPTIONS are raised.

    Each message is one write at most: the quota of the project grants no second one.
    """

    def __init__(self, settings: Settings, vault: Vault, clients: ChatClients) -> None:
        self._endpoint = settings.chat_events_url
        self._vault = vault
        self._clients = clients
        self._poster = Poster(clients.chat)
        self.loop = SendLoop(self.post, self._poster.open, self._poster.close)

    def goes_by_loop(self, message: OutgoingMessage) -> bool:
        """Whether `post` sends a message once it is drawn: a new one in a space, which nearly all are."""
        return message.head.kind == "chat_space" and not message.replaces

    def draw(self, message: OutgoingMessage) -> DrawnMessage:
        """Draw one message of any kind; this uses neither the database nor a channel."""
        try:
            return DrawnMessage(message, self._request(message))
        except INTERRUPTIONS:
            raise
        except Exception as error:  # noqa: BLE001 - it is in the result
            return DrawnMessage(message, error)

    def send(self, message: OutgoingMessage) -> SendResult:
        """Draw and send one message of any kind."""
        drawn, started = self.draw(message), monotonic()
        try:
            with ends_within(SEND_WITHIN_S):
                return _result(message, started, name=self._send(message, drawn.request()))
        except Exception as error:  # noqa: BLE001 - it is in the result
            return _result(message, started, error)

    async def post(self, drawn: DrawnMessage) -> SendResult:
        """Send one message that `goes_by_loop`."""
        started = monotonic()
        try:
            return _result(drawn.message, started, name=await self._create(drawn.request()))
        except Exception as error:  # noqa: BLE001 - it is in the result
            return _result(drawn.message, started, error)

    def _request(self, message: OutgoingMessage) -> SendRequest:
        head, is_plain = message.head, message.head.resent_as == ResentAs.PLAIN
        return SendRequest(
            address=address_of(head, self._vault),
            message=render_message(message),
            message_id=message.message_key,
            request_id=f"{head.request_id}-plain" if is_plain else head.request_id,
            endpoint=self._endpoint,
            plain=is_plain,
            about=about(message),
        )

    def _send(self, message: OutgoingMessage, request: SendRequest) -> str:
        """Send through the channel, or change the last card of the object; return the name."""
        if not message.replaces:
            return CHANNELS[str(message.head.kind)](request, self._clients)
        try:
            self._clients.chat.update(message.replaces, request.message.as_chat(request.endpoint))
        except DestinationGone as gone:
            raise LastCardGone(str(gone)) from gone
        return message.replaces

    async def _create(self, request: SendRequest) -> str:
        return await self._poster.create(
            request.address,
            body_of(request),
            message_id=request.message_id,
            request_id=request.request_id,
            is_silent=request.message.is_silent,
        )


def _result(
    message: OutgoingMessage, started: float, error: Exception | None = None, name: str = ""
) -> SendResult:
    if error is not None and not isinstance(error, AppError):
        log.error("delivery.unexpected", **log_fields(message, DeliveryState.SENDING, error), exc_info=error)
        error = AppError(f"{type(error).__name__}: {error}"[:300])
    return SendResult(message, error, name, int((monotonic() - started) * 1000), now())
