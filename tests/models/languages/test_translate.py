"""Texts in the language of whoever reads them."""

from __future__ import annotations

import threading

from models.languages.translate import (
    current_locale,
    in_sentence,
    is_english,
    marked,
    marked_plural,
    speak,
    speaking,
    tr,
    tr_in,
    tr_plural,
    tr_stored,
    whole,
)


def test_without_a_language_texts_are_english() -> None:
    assert current_locale() == "en"
    assert is_english()
    assert tr("Help: {text}", text="a") == "Help: a"
    assert tr_plural("{count} rule", "{count} rules", 2000) == "2,000 rules"


def test_a_text_is_translated_with_its_values() -> None:
    with speaking("de-DE"):
        assert tr("Help: {text}", text="a {b}") == "Hilfe: a {b}"
        assert tr("A text that nobody translated") == "A text that nobody translated"
        assert tr("") == ""
    assert tr("Help: {text}", text="a") == "Help: a"


def test_plural_forms_and_whole_numbers_are_those_of_the_language() -> None:
    with speaking("de"):
        assert tr_plural("{count} rule", "{count} rules", 1) == "1 Regel"
        assert tr_plural("{count} rule", "{count} rules", 0) == "0 Regeln"
        assert tr_plural("{count} rule", "{count} rules", 12_500) == "12.500 Regeln"
        assert tr_plural(*marked_plural("deal", "deals"), 2) == "Deals"
        assert whole(1_234_567) == "1.234.567"
    with speaking("de-CH"):
        assert whole(1_234_567) == "1\u2019234\u2019567"


def test_one_english_word_has_a_translation_for_each_context() -> None:
    with speaking("de"):
        assert tr("Open") == "Öffnen"
        assert tr_in("choice", marked("Open", "choice")) == "Offen"


def test_the_first_known_wish_decides_and_english_is_the_last() -> None:
    with speaking("", "cs", "de"):
        assert current_locale() == "de"
    with speaking("cs"):
        assert current_locale() == "en"


def test_what_is_spoken_inside_ends_with_it_and_other_threads_do_not_hear_it() -> None:
    heard: list[str] = []
    with speaking("en"):
        speak("de", "en")
        assert current_locale() == "de"
        thread = threading.Thread(target=lambda: heard.append(current_locale()))
        thread.start()
        thread.join()
    assert current_locale() == "en"
    assert heard == ["en"]


def test_a_label_inside_a_sentence_is_small_in_english_alone() -> None:
    assert in_sentence("Deal") == "deal"
    with speaking("de"):
        assert in_sentence("Organization") == "Organisation"


def test_a_stored_english_sentence_is_translated_when_it_is_shown() -> None:
    assert tr_stored("the rule was made later") == "the rule was made later"
    with speaking("de"):
        assert tr_stored("the rule was made later") == "die Regel entstand erst später"
        assert tr_stored("nobody knows this one") == "nobody knows this one"
