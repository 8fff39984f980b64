"""What the webhook endpoint accepts as JSON."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pipedrive.change import Unreadable
from models.pipedrive.webhook.json import TooDeep, parse_json


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (rb'{"title": "half \ud83d"}', {"title": "half \ufffd"}),
        (rb'{"title": "\udc00 half"}', {"title": "\ufffd half"}),
        (rb'{"title": "\ud83d\ude00 \ud83d"}', {"title": "\U0001f600 \ufffd"}),
        (rb'{"title": "\\ud83d \ud83d"}', {"title": "\\ud83d \ufffd"}),
        (b'\xef\xbb\xbf{"title": "x"}', {"title": "x"}),
        (b'\xef\xbb\xbf{"value": 1e999}', {"value": "1e999"}),
        (rb'{"half \ud83d": 1}', {"half \ufffd": 1}),
        (b'{"value": 1e999}', {"value": "1e999"}),
    ],
)
def test_json_the_fast_parser_refuses_is_read_all_the_same(raw: bytes, said: object) -> None:
    assert parse_json(raw) == said


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{nope",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"{}\xef\xbb\xbf",
        b'{"a": 1} x',
    ],
)
def test_what_is_no_json_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        parse_json(raw)


def test_deep_nesting_needs_notice_from_nonsense() -> None:
    with pytest.raises(TooDeep):
        parse_json(b'{"a":' * 50_000 + b"1" + b"}" * 50_000)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_every_value_survives(value: object) -> None:
    assert parse_json(orjson.dumps(value)) == value


def test_a_byte_order_mark_before_the_body_is_skipped() -> None:
    assert parse_json(b'\xef\xbb\xbf{"title": "half \\ud83d"}') == {"title": "half \ufffd"}
    assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
