"""The registry of channels: each kind once."""

import pytest

from jobs.channels import CHANNELS
from jobs.channels.channel import channel


def test_each_kind_has_one_channel() -> None:
    assert {"chat_space", "chat_webhook"} <= set(CHANNELS)
    with pytest.raises(ValueError, match="two channels are called chat_space"):
        channel("chat_space")(CHANNELS["chat_space"])
