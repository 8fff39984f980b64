from bot.text.letters import letter_ends


def test_a_letter_is_one_with_its_accents_and_a_flag_is_one_too() -> None:
    assert list(letter_ends("ab")) == [1, 2]
    assert list(letter_ends("e\u0301a")) == [2, 3]
    assert list(letter_ends("\U0001f1e9\U0001f1ea!")) == [2, 3]
    assert list(letter_ends("")) == []
