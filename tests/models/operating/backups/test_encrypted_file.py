"""An encrypted file gives back what was written, or is refused: with another key, cut, changed, or mixed."""

from __future__ import annotations

import io
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest

from models.errors import InvalidRequest
from models.operating.backups import encrypted_file
from models.operating.backups.encrypted_file import EncryptedFile, EncryptedWriter
from models.security.keys import KeyRing

KEYS = KeyRing({"k2": bytes(range(32)), "k1": bytes(32)})
CHUNK = 16
SEALED = CHUNK + encrypted_file.TAG_BYTES
HEADER = 11 + len("k2") + encrypted_file.SALT_BYTES + encrypted_file.PREFIX_BYTES
TEXT = b"0123456789abcdef" * 3 + b"the end"


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encrypted_file, "PIECE", CHUNK)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "a.backup"


def encrypted(plain: bytes, keys: KeyRing = KEYS) -> bytes:
    out = io.BytesIO()
    writer = EncryptedWriter(out, keys)
    writer.write(plain)
    writer.finish()
    return out.getvalue()


def decrypted(file: Path, keys: KeyRing = KEYS) -> bytes:
    found = EncryptedFile.recognise(file)
    assert found is not None
    return b"".join(found.decrypt(keys))


def chunks_of(raw: bytes) -> list[bytes]:
    return [raw[start : start + SEALED] for start in range(HEADER, len(raw), SEALED)]


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK, 5 * CHUNK + 3])
def test_what_was_written_comes_back(file: Path, length: int) -> None:
    plain = (TEXT * 3)[:length]
    file.write_bytes(encrypted(plain))
    assert decrypted(file) == plain


@pytest.mark.usefixtures("small_chunks")
def test_pieces_of_any_size_make_the_same_chunks(file: Path) -> None:
    with file.open("wb") as out:
        writer = EncryptedWriter(out, KEYS)
        for start, end in pairwise([0, 1, 1, 20, 50, len(TEXT)]):
            writer.write(TEXT[start:end])
        writer.finish()
    assert decrypted(file) == TEXT
    assert len(chunks_of(file.read_bytes())) == 4


@pytest.mark.usefixtures("small_chunks")
def test_the_same_text_twice_differs_in_every_chunk() -> None:
    one, two = encrypted(TEXT), encrypted(TEXT)
    assert set(chunks_of(one)) & set(chunks_of(two)) == set()
    assert TEXT[:CHUNK] not in one


@pytest.mark.usefixtures("small_chunks")
def test_each_byte_counts(file: Path) -> None:
    raw = encrypted(TEXT)
    for place in range(len(encrypted_file.MAGIC), len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 1
        file.write_bytes(changed)
        with pytest.raises(InvalidRequest):
            decrypted(file)


@pytest.mark.usefixtures("small_chunks")
def test_a_file_that_was_cut_short_or_lengthened_is_refused(file: Path) -> None:
    raw = encrypted(TEXT)
    for length in range(len(encrypted_file.MAGIC), len(raw)):
        file.write_bytes(raw[:length])
        with pytest.raises(InvalidRequest, match="cut short"):
            decrypted(file)
    for more in (b"x", chunks_of(raw)[-1], chunks_of(raw)[0]):
        file.write_bytes(raw + more)
        with pytest.raises(InvalidRequest, match="was changed"):
            decrypted(file)


@pytest.mark.usefixtures("small_chunks")
def test_chunks_that_were_moved_or_are_of_another_file_are_refused(file: Path) -> None:
    raw, other = encrypted(TEXT), encrypted(TEXT)
    first, second, third, last = chunks_of(raw)
    for chunks in (
        [second, first, third, last],
        [first, third, last],
        [first, second, second, third, last],
        [first, second, last, third],
        [first, chunks_of(other)[1], third, last],
        [first, second, third, chunks_of(other)[3]],
    ):
        file.write_bytes(raw[:HEADER] + b"".join(chunks))
        with pytest.raises(InvalidRequest, match="was changed"):
            decrypted(file)
    file.write_bytes(other[:HEADER] + raw[HEADER:])
    with pytest.raises(InvalidRequest, match="was changed"):
        decrypted(file)


def test_an_older_key_of_the_list_opens_it_and_a_missing_one_is_named(file: Path) -> None:
    file.write_bytes(encrypted(TEXT, KeyRing({"k1": bytes(32)})))
    assert decrypted(file) == TEXT
    with pytest.raises(InvalidRequest, match="key 'k1', which is missing from ENCRYPTION_KEYS"):
        decrypted(file, KeyRing({"k2": bytes(range(32))}))
    with pytest.raises(InvalidRequest, match="another key of this id"):
        decrypted(file, KeyRing({"k1": bytes(range(32))}))


def test_a_plain_file_is_none_and_a_later_format_is_refused(file: Path) -> None:
    file.write_bytes(b"SQLite format 3\0")
    assert EncryptedFile.recognise(file) is None
    file.write_bytes(b"")
    assert EncryptedFile.recognise(file) is None
    raw = bytearray(encrypted(TEXT))
    raw[len(encrypted_file.MAGIC)] = 2
    file.write_bytes(raw)
    with pytest.raises(InvalidRequest, match="newer release"):
        EncryptedFile.recognise(file)


def test_a_large_file_is_never_held_in_memory(file: Path) -> None:
    piece, pieces = b"x" * 1_000_000, 40
    tracemalloc.start()
    try:
        with file.open("wb") as out:
            writer = EncryptedWriter(out, KEYS)
            for _ in range(pieces):
                writer.write(piece)
            writer.finish()
        found = EncryptedFile.recognise(file)
        assert found is not None
        assert sum(len(each) for each in found.decrypt(KEYS)) == pieces * len(piece)
        assert tracemalloc.get_traced_memory()[1] < 10 * len(piece)
    finally:
        tracemalloc.stop()
