"""An outgoing webhook: the facts of the card as JSON, signed as Standard Webhooks has it."""

from __future__ import annotations

from typing import Any

import orjson

from bot.widgets.readable import read_message
from jobs.channels.channel import ChatClients, SendRequest, channel
from jobs.to_chat.staging import require_outside_chat
from models.clock import now
from models.destinations.outside import OutgoingWebhook


@channel("webhook")
def send(request: SendRequest, clients: ChatClients) -> str:
    """Post the message; `webhook-id` is the same at every attempt, so that a repeat is recognised."""
    require_outside_chat(clients.settings)
    webhook, at = OutgoingWebhook.from_text(request.address), now()
    content = orjson.dumps(body_for(request))
    stamp = str(int(at.timestamp()))
    signed = f"{request.message_id}.{stamp}.".encode() + content
    headers = {
        "content-type": "application/json",
        "user-agent": "Pipenotify",
        "webhook-id": request.message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": webhook.signatures(signed, at),
    }
    clients.webhook.post(webhook, content, headers)
    return ""


def body_for(request: SendRequest) -> dict[str, Any]:
    """Return the body: `type`, `timestamp` and `data`, as Standard Webhooks asks for."""
    about, read = request.about, read_message(request.message, request.endpoint)
    rows = [row for row in read.rows if not row.is_heading]
    data = {
        "id": request.message_id,
        "rule": about.rule,
        "is_test": about.is_test,
        "redacted_because": about.redacted_because,
        "title": read.title,
        "subtitle": read.subtitle,
        "facts": [{"label": row.label, "text": row.text, "below": row.below} for row in rows],
        "links": [{"label": label, "url": url} for label, url in read.links],
        "count": about.count,
        "events": list(about.events),
    }
    return {"type": about.event_type, "timestamp": (about.made_at or now()).isoformat(), "data": data}
