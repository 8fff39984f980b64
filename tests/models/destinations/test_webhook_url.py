"""The only form of an incoming webhook's URL, and the many that only look like it."""

from __future__ import annotations

import pytest

from models.destinations.webhook_url import lane_of
from models.errors import InvalidRequest

GOOD = "https://chat.googleapis.com/v1/spaces/BBBB/messages?key=AIza-x&token=t_o%3D"
BAD = [
    "",
    "http://chat.googleapis.com/v1/spaces/B/messages?key=a&token=b",
    "https://evil.test/?x=chat.googleapis.com",
    "https://chat.googleapis.com.evil.test/v1/spaces/B/messages?key=a&token=b",
    "https://evil.test@chat.googleapis.com/v1/spaces/B/messages?key=a&token=b",
    "https://chat.googleapis.com@evil.test/v1/spaces/B/messages?key=a&token=b",
    "https://chat.googleapis.com:444/v1/spaces/B/messages?key=a&token=b",
    "https://chat.googleapis.com/v1/spaces/B/../C/messages?key=a&token=b",
    "https://chat.googleapis.com/v1/spaces/B/messages?key=a",
    "https://chat.googleapis.com/v1/spaces/B/messages?key=a&token=",
    "https://chat.googleapis.com/v1/spaces/B/messages?key=a&token=b&token=c",
    "https://chat.googleapis.com/v1/spaces/B/messages?key=a&token=b#x",
    "https://chat.googleapis.com/v1/spaces/B/messages?key=a&token=b\n",
    " https://chat.googleapis.com/v1/spaces/B/messages?key=a&token=b",
    "https://chat.googleapis.com\\@evil.test/v1/spaces/B/messages?key=a&token=b",
    "https://сhat.googleapis.com/v1/spaces/B/messages?key=a&token=b",  # noqa: RUF001 - a Cyrillic letter
    f"https://chat.googleapis.com/v1/spaces/B/messages?key=a&token={'b' * 2000}",
]


def test_address_of_chat_names_its_space() -> None:
    assert lane_of(GOOD) == "spaces/BBBB"


@pytest.mark.parametrize("url", BAD)
def test_anything_else_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        lane_of(url)
    assert not url or url not in str(caught.value)
