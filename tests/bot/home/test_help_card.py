"""The help card lists commands by topic."""

from bot.home.cards import Topic, Usage, help_card
from tests.cards import lines

TOPICS = [Topic("Rules", [Usage("rule new", "Make a rule"), Usage("rule list", "All rules")])]


def test_help_lists_each_command_under_its_topic() -> None:
    assert lines(help_card(TOPICS))[2:] == ["Rules", "rule new", "Make a rule", "rule list", "All rules"]


def test_help_repeats_what_nobody_understood() -> None:
    assert "I do not know “rlue <b>”".replace("<", "\u2039").replace(">", "\u203a") in lines(
        help_card(TOPICS, unknown="rlue <b>")
    )
