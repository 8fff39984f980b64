"""Google's keys: cached while fresh, fetched again for a new id, never mixed up."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from jobs.to_google.jwks import GoogleKeys, Published, keys_in, lifetime
from models.errors import Unavailable
from tests.clock import Clock
from web.playground.google.tokens import SigningKey, private_of


def jwk(name: str, **other: Any) -> dict[str, Any]:
    public = private_of("sign-in").public_key()
    return RSAAlgorithm.to_jwk(public, as_dict=True) | {"kid": name, "use": "sig", "alg": "RS256"} | other


class Google:
    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked = 0
        self.is_away = False

    def __call__(self) -> Published:
        self.asked += 1
        if self.is_away:
            raise Unavailable("away")
        return {"keys": [jwk(name) for name in self.names]}, {"cache-control": "public, max-age=600"}


def test_keys_are_asked_for_once_while_they_are_fresh() -> None:
    google, clock = Google("a", "b"), Clock()
    keys = GoogleKeys(google, clock)

    assert all(keys.get(name) is not None for name in "aabb")
    assert google.asked == 1
    clock.at = 599
    keys.get("a")
    assert google.asked == 1
    clock.at = 600
    keys.get("a")
    assert google.asked == 2


def test_an_unknown_key_is_asked_for_once_a_minute() -> None:
    google, clock = Google("a"), Clock()
    keys = GoogleKeys(google, clock)
    keys.get("a")

    assert [keys.get("new") for _ in range(50)] == [None] * 50
    assert google.asked == 1, "the list is younger than a minute"
    clock.at = 61
    google.names = ("a", "new")
    assert keys.get("new") is not None
    assert [keys.get("made up") for _ in range(50)] == [None] * 50
    assert google.asked == 2
    assert keys.get("a") is not None


def test_old_keys_are_not_trusted_while_google_is_away() -> None:
    google, clock = Google("a"), Clock()
    keys = GoogleKeys(google, clock)
    keys.get("a")
    google.is_away, clock.at = True, 601

    for _ in range(2):
        with pytest.raises(Unavailable):
            keys.get("a")
    google.is_away = False
    assert keys.get("a") is not None


def test_only_rsa_keys_for_signatures_count() -> None:
    curve = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True)
    odd: list[Any] = [
        curve | {"kid": "curve"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
        jwk("encryption", use="enc"),
        jwk("other", alg="RS512"),
        jwk("broken", n="!"),
        {key: value for key, value in jwk("x").items() if key != "kid"},
        jwk("x") | {"kid": 7},
        "text",
        None,
    ]

    assert list(keys_in({"keys": [*odd, jwk("good")]})) == ["good"]
    assert keys_in({"keys": "none"}) == keys_in({}) == {}
    assert SigningKey(private_of("sign-in")).kid


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("public, max-age=600", 600),
        ("max-age=0", 1),
        ("max-age=999999999", 24 * 3600),
        ("no-store", 3600),
        ("", 3600),
    ],
)
def test_a_document_is_fresh_as_long_as_it_says(said: str, seconds: float) -> None:
    assert lifetime({"cache-control": said}) == seconds
