"""The help card lists commands by topic."""

from bot.context import COMMANDS
from bot.home.cards import Topic, Usage, help_card
from bot.home.help import list_topics
from tests.cards import lines

TOPICS = [Topic("Rules", [Usage("rule new", "Make a rule"), Usage("rule list", "All rules")])]


def test_help_lists_each_command_under_its_topic() -> None:
    assert lines(help_card(TOPICS))[2:] == ["Rules", "rule new", "Make a rule", "rule list", "All rules"]


def test_of_several_topics_a_line_each_is_seen_and_of_one_a_screen() -> None:
    spaces = Topic("Spaces", [Usage(f"space {n}", "x") for n in range(8)], "list, show, here")
    both, one = help_card([*TOPICS, spaces]).card, help_card([spaces]).card
    assert both is not None
    assert one is not None
    sections = both.as_dialog("https://p.example")["sections"]
    assert [each.get("uncollapsibleWidgetsCount") for each in sections] == [1, 1]
    assert sections[1]["widgets"][0] == {"textParagraph": {"text": "list, show, here"}}
    assert one.as_dialog("https://p.example")["sections"][0]["uncollapsibleWidgetsCount"] == 7


def test_the_usual_verbs_come_first() -> None:
    rules = list_topics(COMMANDS, "rules")[0]
    assert rules.verbs.startswith("list, new, show, edit, on, off, test")
