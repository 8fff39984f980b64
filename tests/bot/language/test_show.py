from bot.language.show import language_named, locale_name


def test_a_language_is_found_by_any_of_its_names() -> None:
    assert [language_named(name) for name in ("German", "deutsch", "Englisch", "de", "xx")] == [
        "de",
        "de",
        "en",
        "de",
        "xx",
    ]


def test_a_locale_is_named_in_its_own_language() -> None:
    assert locale_name("de_CH") == "Deutsch (Schweiz)"
    assert locale_name("") == "English"
