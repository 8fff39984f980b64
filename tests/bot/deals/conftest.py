"""The deals of tests/bot/stalled."""

from tests.bot.stalled.conftest import deals

__all__ = ["deals"]
