"""Google's keys: cached while fresh, fetched again for a new id, never mixed up."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from jobs.to_google.keys import KeyCache, Published, keys_in_certificates, keys_in_jwks, lifetime
from models.errors import Unavailable
from tests.clock import Clock
from web.playground.google.tokens import SigningKey, TokenSigner, private_of


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
        return keys_in_jwks({"keys": [jwk(name) for name in self.names]}), 600.0


def test_keys_are_asked_for_once_while_they_are_fresh() -> None:
    google, clock = Google("a", "b"), Clock()
    keys = KeyCache(google, clock)

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
    keys = KeyCache(google, clock)
    keys.get("a")

    assert [keys.get("new") for _ in range(50)] == [None] * 50
    assert google.asked == 2
    clock.at = 61
    google.names = ("a", "new")
    assert keys.get("new") is not None
    assert [keys.get("made up") for _ in range(50)] == [None] * 50
    assert google.asked == 3
    assert keys.get("a") is not None


def test_old_keys_are_not_trusted_while_google_is_away() -> None:
    google, clock = Google("a"), Clock()
    keys = KeyCache(google, clock, failed_pause_s=1)
    keys.get("a")
    google.is_away, clock.at = True, 601

    for _ in range(2):
        with pytest.raises(Unavailable):
            keys.get("a")
    assert google.asked == 2, "not tried again at once"
    google.is_away, clock.at = False, 603
    assert keys.get("a") is not None


def test_old_keys_serve_for_a_while_where_that_is_wanted() -> None:
    google, clock = Google("a"), Clock()
    keys = KeyCache(google, clock, stale_s=3600)
    keys.get("a")
    google.is_away = True

    for at in (601, 4199):
        clock.at = at
        assert keys.get("a") is not None
        assert keys.get("unknown") is None
    clock.at = 4201
    with pytest.raises(Unavailable):
        keys.get("a")


@pytest.mark.parametrize("published", [None, [], {}, {"keys": []}, {"error": "try later"}, "<html>"])
def test_an_answer_without_keys_replaces_none_and_is_soon_tried_again(published: object) -> None:
    documents, clock = [{"keys": [jwk("a")]}, published, {"keys": [jwk("b")]}], Clock()
    keys = KeyCache(lambda: (keys_in_jwks(documents.pop(0)), 600.0), clock, stale_s=3600, failed_pause_s=1)
    keys.get("a")

    clock.at = 601
    assert keys.get("a") is not None
    clock.at = 603
    assert keys.get("b") is not None


def test_a_first_answer_without_keys_is_a_failure() -> None:
    with pytest.raises(Unavailable):
        KeyCache(lambda: (keys_in_certificates(None), 600.0), Clock()).get("a")


def test_nobody_waits_for_a_fetch_but_those_who_come_first() -> None:
    started, answered, clock = threading.Event(), threading.Event(), Clock()

    def slow() -> Published:
        started.set()
        assert answered.wait(10)
        return keys_in_jwks({"keys": [jwk("a")]}), 600.0

    keys = KeyCache(slow, clock, stale_s=3600)
    with ThreadPoolExecutor(4) as pool:
        first = [pool.submit(keys.get, "a") for _ in range(3)]
        assert started.wait(10)
        answered.set()
        assert all(each.result(10) is not None for each in first), (
            "there were no keys: they waited for one fetch"
        )

        started.clear()
        answered.clear()
        clock.at = 601
        fetching = pool.submit(keys.get, "a")
        assert started.wait(10)
        assert keys.get("a") is not None, "the old key serves meanwhile"
        answered.set()
        assert fetching.result(10) is not None


def test_only_rsa_certificates_count() -> None:
    good = TokenSigner().certificates

    assert list(keys_in_certificates(good | {"x": "text", "y": 7})) == list(good)
    assert keys_in_certificates([]) == keys_in_certificates(None) == {}


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

    assert list(keys_in_jwks({"keys": [*odd, jwk("good")]})) == ["good"]
    assert keys_in_jwks({"keys": "none"}) == keys_in_jwks({}) == {}
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
