"""Which addresses an outgoing webhook may reach: public ones, and the ranges that the operator allows."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from models.errors import PermanentFailure, TemporaryFailure
from models.languages.translate import for_later
from models.settings_values import Network

Address = IPv4Address | IPv6Address
# They lead to IPv4 addresses, also to private ones: NAT64 (RFC 6052), 6to4, Teredo, and the old mapped form.
_LEADING_ON: Final = tuple(
    ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)
MOST_ADDRESSES: Final = 8


def resolve(host: str, port: int, allowed: Sequence[Network]) -> list[Address]:
    """Return the addresses of a host, looked up once: the call goes to one of these and to no other.

    Raises PermanentFailure where one of them may not be reached, TemporaryFailure where there is none now.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as unknown:
        raise TemporaryFailure(for_later("the receiver's name has no address now")) from unknown
    addresses = [_plain(str(each[4][0])) for each in found[:MOST_ADDRESSES]]
    if not all(is_public(each) or is_allowed(each, allowed) for each in addresses):
        raise PermanentFailure(for_later("the receiver's address is private, and webhooks do not go there"))
    return list(dict.fromkeys(addresses))


def _plain(text: str) -> Address:
    address = ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_public(address: Address) -> bool:
    """Return whether an address is of the public internet, and of one machine there."""
    if isinstance(address, IPv6Address) and any(address in each for each in _LEADING_ON):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Return whether the operator allows an address."""
    return any(address.version == each.version and address in each for each in allowed)
