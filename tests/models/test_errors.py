"""The tree of errors: as in its docstring, and each suitable for people and for REST."""

from __future__ import annotations

import re

import pytest

from models import errors
from models.errors import (
    AppError,
    DestinationGone,
    InvalidRequest,
    InvalidRulesFile,
    InvalidSettings,
    PermanentFailure,
    RateLimited,
)

ALL = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, AppError)]
FOR_GOOD = {
    "OutsideStaging",
    "InvalidSettings",
    "InvalidRequest",
    "InvalidRulesFile",
    "NotAllowed",
    "NotAuthenticated",
    "TokenMissing",
    "TokenInvalid",
    "TokenExpired",
    "NotFound",
    "NotYours",
    "Conflict",
    "PermanentFailure",
    "BadMessage",
    "DestinationGone",
    "SecretUnreadable",
}


def test_the_page_draws_the_tree_as_it_is() -> None:
    drawn: dict[str, str] = {}
    path = ["AppError"]
    for indent, name in re.findall(r"^( *)- (\w+)", errors.__doc__ or "", re.MULTILINE):
        depth = len(indent) // 2 + 1
        path = [*path[:depth], name]
        drawn[name] = path[depth - 1]
    assert drawn == {each.__name__: each.__bases__[0].__name__ for each in ALL if each is not AppError}


@pytest.mark.parametrize("kind", ALL)
def test_every_trouble_has_words_for_people_and_an_answer_for_rest(kind: type[AppError]) -> None:
    assert re.fullmatch(r"[A-Z][A-Z_]+", kind.code)
    assert kind.status in {400, 401, 403, 404, 409, 429, 500, 503}
    assert kind.user_message.endswith(".")
    assert kind.user_message[0].isupper()


def test_trying_again_needs_notice_apart_from_what_is_for_good() -> None:
    assert {each.__name__ for each in ALL if each.permanent} == FOR_GOOD


@pytest.mark.parametrize(
    ("made", "text", "user_message"),
    [
        (InvalidRequest(), InvalidRequest.user_message, InvalidRequest.user_message),
        (InvalidRequest("rule 5 is odd"), "rule 5 is odd", InvalidRequest.user_message),
        (InvalidRequest(user_message="Name it."), "Name it.", "Name it."),
        (InvalidRequest("rule 5", user_message="Name it."), "rule 5", "Name it."),
    ],
)
def test_the_log_reads_the_message_and_people_what_they_are_told(
    made: AppError, text: str, user_message: str
) -> None:
    assert (str(made), made.user_message) == (text, user_message)


def test_own_words_stay_with_their_own_trouble() -> None:
    before = InvalidRequest.user_message
    assert InvalidRequest(user_message="Only this one.").user_message == "Only this one."
    assert InvalidRequest().user_message == before


@pytest.mark.parametrize("kind", [InvalidSettings, InvalidRulesFile])
def test_problems_are_told_one_a_line(kind: type[InvalidSettings | InvalidRulesFile]) -> None:
    made = kind(["PORT should be a number", "BASE_URL should be an origin"])
    assert made.problems == ["PORT should be a number", "BASE_URL should be an origin"]
    assert str(made).splitlines() == made.problems


def test_wires_say_what_the_other_side_answered() -> None:
    assert DestinationGone("no such space", http_status=404).http_status == 404
    assert PermanentFailure("never sent").http_status is None
    limited = RateLimited("slow down", retry_after=7.5)
    assert (limited.http_status, limited.retry_after, limited.permanent) == (429, 7.5, False)
    assert RateLimited("slow down", http_status=403).retry_after is None
