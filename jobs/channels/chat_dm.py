"""A person's direct message with the app."""

from jobs.channels.channel import ChatClients, SendRequest, body_of, channel


@channel("chat_dm")
def send(request: SendRequest, clients: ChatClients) -> str:
    """Post to a person (`users/123`, or an e-mail); they must have written to the app before."""
    space = clients.chat.direct_space(request.address)
    body = {key: value for key, value in body_of(request).items() if key != "thread"}
    return clients.chat.create(
        space,
        body,
        message_id=request.message_id,
        request_id=request.request_id,
        is_silent=request.message.is_silent,
    )
