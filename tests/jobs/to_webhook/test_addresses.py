"""Outgoing webhooks reach the public internet, and what the operator allows; nothing else."""

from __future__ import annotations

import socket
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from jobs.to_webhook.addresses import is_public, resolve
from models.errors import PermanentFailure, TemporaryFailure


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.4.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "::7f00:1",
        "::ffff:10.0.0.1",
    ],
)
def test_what_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(PermanentFailure, match="private"):
        resolve(address, 443, ())


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888"])
def test_public_addresses_are_reached(address: str) -> None:
    assert resolve(address, 443, ()) == [ip_address(address)]


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
def test_other_ways_to_write_loopback_are_refused(host: str) -> None:
    with pytest.raises(PermanentFailure, match="private"):
        resolve(host, 443, ())


def test_the_operator_allows_ranges() -> None:
    assert resolve("127.0.0.1", 80, [ip_network("127.0.0.0/8")]) == [ip_address("127.0.0.1")]
    with pytest.raises(PermanentFailure):
        resolve("127.0.0.1", 80, [ip_network("10.0.0.0/8"), ip_network("::/0")])


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(*_args: Any, **_options: Any) -> list[Any]:
        return [(2, 1, 6, "", (address, 443)) for address in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(PermanentFailure):
        resolve("example.com", 443, ())


def test_a_name_without_an_address_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_options: Any) -> list[Any]:
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(TemporaryFailure):
        resolve("nobody.example", 443, ())
