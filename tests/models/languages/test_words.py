"""Words of commands: typed in any language, shown in the one that is spoken."""

import pytest

from models.languages.translate import speaking
from models.languages.words import meaning_of, shown_command, shown_word


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Regeln", "rule"),
        ("bereich", "space"),
        ("LISTE", "list"),
        ("stumm", "mute"),
        ("mo", "mon"),
        ("std", "hours"),
        ("rule", "rule"),
        ("Team", "team"),
        ("Globex", "globex"),
        ("", ""),
    ],
)
def test_a_word_means_the_same_in_every_language(typed: str, meant: str) -> None:
    assert meaning_of(typed) == meant


def test_commands_are_shown_in_the_words_of_the_language() -> None:
    assert shown_command("rule list") == "rule list"
    with speaking("de"):
        assert shown_command("rule list") == "regel liste"
        assert shown_command("connect me") == "verbinden mich"
        assert shown_word("unknown") == "unknown"
