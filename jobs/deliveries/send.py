"""Sends one message: what goes to a Chat space from an event loop, everything else from a thread."""

from __future__ import annotations

from dataclasses import replace

import structlog

from jobs.channels import CHANNELS, ChatClients, SendRequest, address_of
from jobs.channels.channel import body_of
from jobs.deliveries.about import about
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.render import render_message
from jobs.deliveries.results import SendResult, log_fields
from jobs.to_chat.poster import Poster
from jobs.to_chat.send_loop import SendLoop
from models.clock import monotonic, now, sleep, sleep_in_loop
from models.errors import AppError, BadMessage, DestinationGone
from models.security.vault import Vault
from models.settings import Settings
from models.tables.deliveries import DeliveryState

log = structlog.get_logger()


class Sender:
    """Renders and sends messages; nothing it does raises, whatever goes wrong is in the result.

    `pace_s` is how long a space rests between two writes.
    """

    def __init__(self, settings: Settings, vault: Vault, clients: ChatClients, pace_s: float) -> None:
        self._endpoint = settings.chat_events_url
        self._vault = vault
        self._clients = clients
        self._pace_s = pace_s
        self._poster = Poster(clients.chat)
        self.loop = SendLoop(self.send_in_loop, self._poster.close)

    def goes_by_loop(self, message: OutgoingMessage) -> bool:
        """Whether `send_in_loop` sends a message: a new one in a space, which nearly all are."""
        return message.head.kind == "chat_space" and not message.replaces

    def send(self, message: OutgoingMessage) -> SendResult:
        """Send one message of any kind."""
        started = monotonic()
        try:
            return _result(message, started, name=self._send_message(message))
        except Exception as error:  # noqa: BLE001 - it is in the result
            return _result(message, started, error)

    async def send_in_loop(self, message: OutgoingMessage) -> SendResult:
        """Send one message that `goes_by_loop`."""
        started = monotonic()
        try:
            return _result(message, started, name=await self._post(self._request(message)))
        except Exception as error:  # noqa: BLE001 - it is in the result
            return _result(message, started, error)

    def _request(self, message: OutgoingMessage) -> SendRequest:
        head = message.head
        return SendRequest(
            address=address_of(head, self._vault),
            message=render_message(message),
            message_id=message.message_key,
            request_id=head.request_id,
            endpoint=self._endpoint,
            about=about(message),
        )

    def _send_message(self, message: OutgoingMessage) -> str:
        """Send through the channel, and once more as plain text when the card is refused; return the name."""
        request, send = self._request(message), CHANNELS[str(message.head.kind)]
        try:
            if message.replaces and self._replace_card(message.replaces, request):
                return message.replaces
            return send(request, self._clients)
        except BadMessage as refused:
            plain = _as_plain(request, refused)
        sleep(self._pace_s)
        return send(plain, self._clients)

    async def _post(self, request: SendRequest) -> str:
        """As `_send_message`, in the loop."""
        try:
            return await self._create(request)
        except BadMessage as refused:
            plain = _as_plain(request, refused)
        await sleep_in_loop(self._pace_s)
        return await self._create(plain)

    async def _create(self, request: SendRequest) -> str:
        return await self._poster.create(
            request.address,
            body_of(request),
            message_id=request.message_id,
            request_id=request.request_id,
            is_silent=request.message.is_silent,
        )

    def _replace_card(self, name: str, request: SendRequest) -> bool:
        """Change the last card of the object instead of sending another; False if it was deleted."""
        try:
            self._clients.chat.update(name, request.message.as_chat(request.endpoint))
        except DestinationGone:
            sleep(self._pace_s)
            return False
        return True


def _as_plain(request: SendRequest, refused: BadMessage) -> SendRequest:
    log.warning("delivery.card_refused", message_id=request.message_id, why=str(refused))
    return replace(request, request_id=f"{request.request_id}-plain", plain=True)


def _result(
    message: OutgoingMessage, started: float, error: Exception | None = None, name: str = ""
) -> SendResult:
    if error is not None and not isinstance(error, AppError):
        log.error("delivery.unexpected", **log_fields(message, DeliveryState.SENDING, error), exc_info=error)
        error = AppError(f"{type(error).__name__}: {error}"[:300])
    return SendResult(message, error, name, int((monotonic() - started) * 1000), now())
