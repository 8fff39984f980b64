"""Threads by messageReplyOption."""

import httpx
import pytest

from tests.web.playground.chat_talk import FALL_BACK, SPACE


@pytest.mark.parametrize(("option", "same"), [(FALL_BACK, True), (None, False)])
def test_a_thread_key_counts_only_with_a_reply_option(
    chat_api: httpx.Client, option: str | None, same: bool
) -> None:
    params = {"messageReplyOption": option} if option else {}
    body = {"text": "x", "thread": {"threadKey": "deal-1"}}
    one, two = (chat_api.post(SPACE, params=params, json=body).json()["thread"]["name"] for _ in range(2))
    assert (one == two) is same


@pytest.mark.parametrize(
    ("thread", "option", "code"),
    [
        ({}, FALL_BACK, 400),
        ({"threadKey": "k" * 4001}, FALL_BACK, 400),
        ({"threadKey": "k"}, "REPLY_SOMEHOW", 400),
        ({"threadKey": "nobody-knows"}, "REPLY_MESSAGE_OR_FAIL", 404),
        ({"name": "spaces/AAAA/threads/none"}, "REPLY_MESSAGE_OR_FAIL", 404),
        ({"name": "spaces/AAAA/threads/none"}, FALL_BACK, 200),
    ],
)
def test_reply_options_are_as_strict_as_googles(
    chat_api: httpx.Client, thread: dict[str, str], option: str, code: int
) -> None:
    body = {"text": "x", "thread": thread}
    assert chat_api.post(SPACE, params={"messageReplyOption": option}, json=body).status_code == code
