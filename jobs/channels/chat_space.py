"""A Chat space, through the Chat API as the app itself."""

from jobs.channels.channel import ChatClients, SendRequest, Sent, body_of, channel


@channel("chat_space")
def send(request: SendRequest, clients: ChatClients) -> Sent:
    """Post into `spaces/AAAA`; a repeat of the same parcel finds the message that is there."""
    name = clients.chat.create(
        request.address, body_of(request), message_id=request.message_id, request_id=request.request_id
    )
    return Sent(name)
