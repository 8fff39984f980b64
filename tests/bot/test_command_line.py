import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.command_line import find_command, join_words, nearest_commands, singular_noun, split_words

KNOWN = [
    "help",
    "home",
    "status",
    "rule list",
    "rule new",
    "rule show",
    "rule test",
    "rule edit",
    "rule off",
    "rule delete",
    "space remove",
    "space pause",
    "space list",
    "space here",
]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", ()),
        ("rule list", ("rule", "list")),
        ('rule show "Big wins"', ("rule", "show", "Big wins")),
        ("rule show “Big wins”", ("rule", "show", "Big wins")),
        ("rule show 'Big wins'", ("rule", "show", "Big wins")),
        ("rule show Bob's deals", ("rule", "show", "Bob's", "deals")),
        ("rule show \u201eBig wins\u201c", ("rule", "show", "Big wins")),
        ("rule show \u201eBig wins\u201d", ("rule", "show", "Big wins")),
        ("rule show \u201dBig wins\u201d", ("rule", "show", "Big wins")),
        ("rule show \u00abBig wins\u00bb", ("rule", "show", "Big wins")),
        ("rule show \u00bbBig wins\u00ab", ("rule", "show", "Big wins")),
        ("rule show \u2018Big wins\u2019", ("rule", "show", "Big wins")),
        ("rule show \u201aBig wins\u2018", ("rule", "show", "Big wins")),
        ("rule show \u2039Big wins\u203a", ("rule", "show", "Big wins")),
        ("rule show \u300cBig wins\u300d", ("rule", "show", "Big wins")),
        ('rule show \u201cthe "big" ones\u201d', ("rule", "show", 'the "big" ones')),
        ("rule show \u2018Bob\u2019s deals\u2019", ("rule", "show", "Bob\u2019s deals")),
        ("rule show Bob\u2019s deals", ("rule", "show", "Bob\u2019s", "deals")),
        ("rule show \u201eopen", ("rule", "show", "\u201eopen")),
        ("rule\u00a0show\u00a0\u201cBig\u00a0wins\u201d", ("rule", "show", "Big\u00a0wins")),
        ('rule show "open', ("rule", "show", '"open')),
        ("/pipenotify  rule\n list", ("rule", "list")),
        ("/PN help", ("help",)),
    ],
)
def test_quotes_keep_words_together(typed: str, words: tuple[str, ...]) -> None:
    assert split_words(typed) == words


@pytest.mark.parametrize(
    ("noun", "known_as"),
    [("rules", "rule"), ("Rule", "rule"), ("SPACES", "space"), ("status", "status"), ("s", "")],
)
def test_nouns_may_stand_in_the_plural(noun: str, known_as: str) -> None:
    assert singular_noun(noun) == known_as


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (("rule", "list"), ("rule list", ())),
        (("RULES",), ("rule list", ())),
        (("rules", "active"), ("rule list", ("active",))),
        (("rule", "Big", "wins"), ("rule list", ("Big", "wins"))),
        (("rule", "Show", "7"), ("rule show", ("7",))),
        (("rule", "shwo", "7"), None),
        (("help", "rules"), ("help", ("rules",))),
        (("space", "here"), ("space here", ())),
        (("list", "rules"), ("rule list", ())),
        (("List", "all", "the", "rules"), ("rule list", ())),
        (("new", "rule"), ("rule new", ())),
        (("add", "a", "rule"), ("rule new", ())),
        (("show", "rule", "7"), ("rule show", ("7",))),
        (("delete", "rule", "Big", "wins"), ("rule delete", ("Big", "wins"))),
        (("delete", "space", "Deals"), ("space remove", ("Deals",))),
        (("show", "status"), ("status", ())),
        (("rule", "remove", "7"), ("rule delete", ("7",))),
        (("rule", "change", "Big", "wins"), ("rule edit", ("Big", "wins"))),
        (("rule", "disable", "7"), ("rule off", ("7",))),
        (("rule", "open", "deals"), ("rule list", ("open", "deals"))),
        (("regeln",), ("rule list", ())),
        (("règles",), ("rule list", ())),
        (("webhooks",), ("space list", ())),
        (("hilfe",), ("help", ())),
        (("aide", "rules"), ("help", ("rules",))),
        (("hello",), ("home", ())),
        (("Hallo", "Pipenotify"), ("home", ())),
        (("mute", "here"), None),
        (("list", "nonsense"), None),
        (("nothing",), None),
        ((), None),
    ],
)
def test_a_command_is_found_by_noun_and_verb(
    typed: tuple[str, ...], found: tuple[str, tuple[str, ...]] | None
) -> None:
    assert find_command(typed, KNOWN) == found


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        (("rule", "shwo"), "rule show"),
        (("hlep",), "help"),
        (("ruel",), "rule list"),
        (("regl",), "rule list"),
    ],
)
def test_the_nearest_command_is_named_first(typed: tuple[str, ...], first: str) -> None:
    assert nearest_commands(typed, KNOWN)[0] == first


def test_a_command_that_only_sounds_alike_is_not_suggested() -> None:
    assert "space here" not in nearest_commands(("mute", "here", "until", "tomorrow"), KNOWN)
    assert nearest_commands(("snooze",), KNOWN) == ["rule off"]
    assert nearest_commands(("qwertzuiop",), KNOWN) == []


@given(st.text())
def test_any_text_has_words_or_none(typed: str) -> None:
    words = split_words(typed)
    assert all(words) or not words
    find_command(words, KNOWN)
    assert len(nearest_commands(words, KNOWN)) <= 3


def test_empty_quotes_are_no_word() -> None:
    assert split_words('mute "" here \u2018\u2019') == ("mute", "here")


@given(st.text(alphabet="ab '\"\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019\u201a"))
def test_no_letter_of_a_phrase_is_lost(typed: str) -> None:
    assert "".join(split_words(typed)).replace(" ", "").count("a") == typed.count("a")


@given(
    st.text(
        alphabet="ab/pn \n\\'\"\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a\u2039\u203a\u300c\u300d"
    )
)
def test_the_words_of_any_text_come_back_from_the_text_they_are_joined_to(typed: str) -> None:
    words = split_words(typed)
    assert split_words(join_words(words)) == words
    assert split_words(f"space rename #5 {join_words(words)}") == ("space", "rename", "#5", *words)[:40]


@given(st.lists(st.text(st.characters(exclude_characters="\u300c\u300d"), max_size=40), max_size=40))
def test_any_words_come_back_but_empty_ones(words: list[str]) -> None:
    """Those who could have been typed: one kind of quotes must be left to put around them."""
    assert split_words(join_words(words)) == tuple(filter(None, words))


@pytest.mark.parametrize(
    ("word", "joined"),
    [
        ("wall", "wall"),
        ("Bob's", "Bob's"),
        ("Big  'Wins' wall", "\"Big  'Wins' wall\""),
        ('the "big" ones', '\u201cthe "big" ones\u201d'),
        ('"open', '\u201c"open\u201d'),
        ("C:\\deals \\", '"C:\\deals \\"'),
        ("/pn", '"/pn"'),
    ],
)
def test_a_word_is_quoted_where_it_must_be(word: str, joined: str) -> None:
    assert join_words([word]) == joined
    assert split_words(joined) == (word,)


@pytest.mark.parametrize("piece", ["'", "\u2018a ", '"', "\u201e ", " '", "\u203aa"])
def test_a_heap_of_quotes_takes_no_time(piece: str) -> None:
    started = time.perf_counter()
    split_words(piece * 2000)

    assert time.perf_counter() - started < 0.2
