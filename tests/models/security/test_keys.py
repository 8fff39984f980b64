"""The key ring: newest first, invalid entries refused with messages without a key."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.security.keys import FILE_NAME, KeyRing, generated_keys

OLD, NEW = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))


def test_first_entry_closes_and_all_entries_open() -> None:
    ring = KeyRing.parse(f"b:{NEW}, a:{OLD}")
    assert ring.newest == ("b", b"\x02" * 32)
    assert list(ring.keys) == ["b", "a"]


@pytest.mark.parametrize(
    "text", ["", ",", "a", f":{OLD}", f"a b:{OLD}", "a:%%%", "a:c2hvcnQ=", f"a:{OLD},a:{NEW}"]
)
def test_wrong_ring_is_refused_without_showing_a_key(text: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words differ, none holds the key
        KeyRing.parse(text)
    assert OLD not in str(caught.value)


def test_signing_key_survives_a_rotation() -> None:
    assert KeyRing.parse(f"a:{OLD}").signing_key() == KeyRing.parse(f"b:{NEW},a:{OLD}").signing_key()


def test_processes_that_start_together_make_one_ring(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        rings = list(threads.map(generated_keys, [tmp_path / "data"] * 8))
    assert all(ring == rings[0] for ring in rings)
    assert (tmp_path / "data" / FILE_NAME).stat().st_mode & 0o777 == 0o600
