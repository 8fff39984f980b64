"""Each language is whole: it has every text of the code, with the same placeholders, and no other."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from babel.messages import Catalog, Message

from bot.command_line import find_command, split_words
from bot.context import COMMANDS
from models.languages.catalog import COMMAND, ENGLISH, FOLDER, LANGUAGES, STORED, known_locale, language_of
from tests.texts.catalog import Text, command_words, forms_of, read, texts

CODES = [code for code in LANGUAGES if code != ENGLISH]
TYPED = re.compile(r"/pipenotify((?: [\w-]+)*)")


@pytest.fixture(scope="module")
def wanted() -> dict[tuple[str, str], Text]:
    return {(each.context, each.text): each for each in texts()}


def catalog(code: str) -> Catalog:
    return read(FOLDER / f"{code}.po")


def key_of(message: Message) -> tuple[str, str]:
    one = message.id[0] if isinstance(message.id, tuple | list) else message.id
    return message.context or "", str(one)


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_there_is_a_language_besides_english() -> None:
    assert "de" in CODES
    assert LANGUAGES["de"].name == "Deutsch"


@pytest.mark.parametrize("code", CODES)
def test_a_language_has_every_text(code: str, wanted: dict[tuple[str, str], Text]) -> None:
    known = {key_of(each) for each in catalog(code) if each.id and all(forms_of(each))}
    missing = [each for each in wanted if each not in known]

    assert missing == [], f"`python -m tests.texts {code}` adds them to be translated: {missing[:20]}"


@pytest.mark.parametrize("code", CODES)
def test_a_language_has_no_text_that_the_code_does_not_have(
    code: str, wanted: dict[tuple[str, str], Text]
) -> None:
    strays = [key_of(each) for each in catalog(code) if each.id and key_of(each) not in wanted]

    assert strays == [], f"`python -m tests.texts {code}` drops them: {strays[:20]}"


@pytest.mark.parametrize("code", CODES)
def test_nothing_is_fuzzy_and_every_plural_has_its_forms(code: str) -> None:
    found = catalog(code)
    assert [each.id for each in found if each.id and each.fuzzy] == []
    assert [each.id for each in found if each.pluralizable and len(forms_of(each)) != found.num_plurals] == []


@pytest.mark.parametrize("code", CODES)
def test_a_translation_has_the_placeholders_of_the_english_text(code: str) -> None:
    wrong = []
    for each in catalog(code):
        if each.id and each.context != COMMAND:
            many = each.id[1] if isinstance(each.id, tuple | list) else each.id
            allowed = names_in(str(many))
            wrong += [form for form in forms_of(each) if not names_in(form) <= allowed]
            wrong += [forms_of(each)[-1]] if names_in(forms_of(each)[-1]) != allowed else []

    assert wrong == []


@pytest.mark.parametrize("code", CODES)
def test_every_word_of_a_command_means_one_thing(code: str) -> None:
    words = [word for many in LANGUAGES[code].words.values() for word in many]

    assert [word for word in words if words.count(word) > 1] == []
    assert all(word == word.lower().strip() and " " not in word for word in words)


@pytest.mark.parametrize("code", CODES)
def test_a_command_in_a_text_is_the_same_in_the_translation(code: str) -> None:
    names = [entry.name for entry in COMMANDS]
    for each in catalog(code):
        said = [TYPED.findall(text) for text in (key_of(each)[1], *forms_of(each))] if each.id else []
        meant = [[(find_command(split_words(word), names) or ("",))[0] for word in words] for words in said]
        assert all(one == meant[0] for one in meant), each.id


def test_words_of_commands_are_those_of_the_commands() -> None:
    assert {word for entry in COMMANDS for word in entry.name.split()} <= set(command_words())


@pytest.mark.parametrize(
    ("name", "locale"),
    [
        ("de", "de"),
        ("de-CH", "de_CH"),
        ("de_at", "de_AT"),
        ("de-1996", "de"),
        ("de-XX", "de"),
        ("en-GB", "en_GB"),
        ("cs", ""),
        ("", ""),
        ("nonsense", ""),
        ("de" * 40, ""),
    ],
)
def test_a_locale_is_known_if_its_language_is(name: str, locale: str) -> None:
    assert known_locale(name) == locale


def test_an_unknown_locale_speaks_english() -> None:
    assert language_of("cs").code == ENGLISH
    assert language_of("de_CH").code == "de"


@pytest.mark.parametrize("code", CODES)
def test_stored_sentences_with_values_have_patterns(code: str) -> None:
    stored = [each for each in catalog(code) if each.context == STORED]

    assert len(LANGUAGES[code].stored) == len(stored)
