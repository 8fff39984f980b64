"""An incoming webhook of a Chat space: a URL that holds its own secret."""

from jobs.channels.channel import ChatClients, SendRequest, Sent, body_of, channel


@channel("chat_webhook")
def send(request: SendRequest, clients: ChatClients) -> Sent:
    """Post to the URL; buttons do not work there, so Chat shows their links only."""
    return Sent(clients.chat_webhook.create(request.address, body_of(request), request_id=request.request_id))
