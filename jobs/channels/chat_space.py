"""A Chat space, through the Chat API as the app itself."""

from jobs.channels.channel import Parcel, Sent, Wires, body_of, channel


@channel("chat_space")
def send(parcel: Parcel, wires: Wires) -> Sent:
    """Post into `spaces/AAAA`; a repeat of the same parcel finds the message that is there."""
    name = wires.chat.create(
        parcel.address, body_of(parcel), message_id=parcel.message_id, request_id=parcel.request_id
    )
    return Sent(name)
