"""Every error of a consent says in plain words that nothing was connected, or what to do."""

from __future__ import annotations

import inspect

import pytest

from models.errors import AppError
from web.connections import errors as consent_errors
from web.connections.errors import NOTICES, NoApp, PipedriveBusy

TROUBLES: list[type[AppError]] = [
    each
    for _, each in inspect.getmembers(consent_errors, inspect.isclass)
    if each.__module__ == consent_errors.__name__ and issubclass(each, AppError)
]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_each_trouble_has_words_code_and_status_of_its_own(trouble: type[AppError]) -> None:
    own = [other for other in TROUBLES if other.code == trouble.code]
    assert own == [trouble]
    assert 400 <= trouble.status < 600
    assert trouble.user_message != AppError.user_message


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (["PIPEDRIVE_CLIENT_ID"], "PIPEDRIVE_CLIENT_ID is not set"),
        (["A", "B"], "A and B are not set"),
    ],
)
def test_missing_variables_are_named(missing: list[str], words: str) -> None:
    assert words in NoApp(missing).user_message


def test_how_long_to_wait_is_kept() -> None:
    assert PipedriveBusy(7.0).retry_after == 7.0


def test_asides_are_whole_sentences() -> None:
    assert all(words.endswith(".") for words in NOTICES.values())
