"""An incoming webhook of a Chat space: a URL that holds its own secret."""

from jobs.channels.channel import Parcel, Sent, Wires, body_of, channel


@channel("chat_webhook")
def send(parcel: Parcel, wires: Wires) -> Sent:
    """Post to the URL; buttons do not work there, so Chat shows their links only."""
    return Sent(wires.chat_webhook.create(parcel.address, body_of(parcel), request_id=parcel.request_id))
