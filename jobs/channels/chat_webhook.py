"""An incoming webhook of a Chat space: a URL that contains its own secret."""

from jobs.channels.channel import ChatClients, SendRequest, body_of, channel


@channel("chat_webhook")
def send(request: SendRequest, clients: ChatClients) -> str:
    """Post to the URL. Buttons do not work there, so Chat shows only those that are links."""
    return clients.chat_webhook.create(
        request.address,
        body_of(request),
        request_id=request.request_id,
        only_replies=request.message.only_replies,
    )
