import pytest
from structlog.testing import capture_logs

from bot.chat.interaction import ChatSpace, Dialect, Interaction, InteractionKind
from bot.chat.reply import Open, Say, Update, Warn
from bot.errors import error_card_of, error_reply, log_error, show_error
from models.errors import (
    Conflict,
    DatabaseUnavailable,
    InvalidRequest,
    NotAllowed,
    NotFound,
    SecretUnreadable,
)
from tests.cards import text

CLICK = Interaction(InteractionKind.CLICK, Dialect.CLASSIC)
ERRORS = [NotAllowed, NotFound, Conflict, InvalidRequest, DatabaseUnavailable, SecretUnreadable, KeyError]


def test_each_error_has_its_own_text_and_no_details() -> None:
    texts = [text(error_card_of(kind("password 123"))) for kind in ERRORS]
    assert len(set(texts)) == len(ERRORS)
    assert not any("password" in one for one in texts)


@pytest.mark.parametrize(
    ("interaction", "how"),
    [
        (Interaction(InteractionKind.DIALOG_SUBMIT, Dialect.CLASSIC), Open),
        (Interaction(InteractionKind.COMMAND, Dialect.CLASSIC), Say),
        (CLICK, Say),
        (Interaction(InteractionKind.CLICK, Dialect.CLASSIC, on_private=True), Update),
        (
            Interaction(InteractionKind.CLICK, Dialect.CLASSIC, space=ChatSpace("spaces/D", is_dm=True)),
            Update,
        ),
    ],
)
def test_an_error_is_shown_only_to_the_person_concerned(interaction: Interaction, how: type) -> None:
    assert isinstance(show_error(error_card_of(NotFound()), interaction), how)


@pytest.mark.parametrize(
    ("error", "how"), [(KeyError("x"), Warn), (DatabaseUnavailable(), Warn), (NotAllowed(), Open)]
)
def test_what_may_work_later_leaves_the_dialog_open_with_all_that_was_typed(
    error: Exception, how: type
) -> None:
    reply = error_reply(error, Interaction(InteractionKind.DIALOG_SUBMIT, Dialect.CLASSIC))
    assert isinstance(reply, how)
    assert isinstance(error_reply(error, CLICK), Say)


def test_only_unexpected_errors_are_logged_with_a_stack_trace() -> None:
    with capture_logs() as logs:
        log_error(NotFound("x"), CLICK)
        log_error(KeyError("x"), CLICK)
    assert [(log["event"], "exc_info" in log) for log in logs] == [
        ("interaction.refused", False),
        ("interaction.failed", True),
    ]
