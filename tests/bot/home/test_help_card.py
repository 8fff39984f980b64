"""The help card lists commands by topic."""

from bot.home.cards import Topic, Usage, help_card
from tests.cards import lines

TOPICS = [Topic("Rules", [Usage("rule new", "Make a rule"), Usage("rule list", "All rules")])]


def test_help_lists_each_command_under_its_topic() -> None:
    assert lines(help_card(TOPICS))[2:] == ["Rules", "rule new", "Make a rule", "rule list", "All rules"]


def test_several_topics_are_folded() -> None:
    card = help_card([*TOPICS, Topic("Spaces", [Usage(f"space {n}", "x") for n in range(8)])]).card
    assert card is not None
    drawn = card.as_dialog("https://p.example")
    assert [each.get("uncollapsibleWidgetsCount") for each in drawn["sections"]] == [None, 4]
