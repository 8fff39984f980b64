"""A person's direct message with the app."""

from jobs.channels.channel import Parcel, Sent, Wires, body_of, channel


@channel("chat_dm")
def send(parcel: Parcel, wires: Wires) -> Sent:
    """Post to a person (`users/123`, or an e-mail); they must have written to the app before."""
    space = wires.chat.direct_space(parcel.address)
    body = {key: value for key, value in body_of(parcel).items() if key != "thread"}
    return Sent(wires.chat.create(space, body, message_id=parcel.message_id, request_id=parcel.request_id))
