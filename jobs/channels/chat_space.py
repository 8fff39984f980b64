"""A Chat space, through the Chat API as the app itself."""

from jobs.channels.channel import ChatClients, SendRequest, body_of, channel


@channel("chat_space")
def send(request: SendRequest, clients: ChatClients) -> str:
    """Post into `spaces/AAAA`; the same request again finds the message that is there already."""
    return clients.chat.create(
        request.address,
        body_of(request),
        message_id=request.message_id,
        request_id=request.request_id,
        is_silent=request.message.is_silent,
        only_replies=request.message.only_replies,
    )
