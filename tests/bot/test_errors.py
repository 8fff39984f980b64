import pytest
from structlog.testing import capture_logs

from bot.chat.interaction import ChatSpace, Dialect, Interaction, InteractionKind
from bot.chat.reply import Open, Say, Update
from bot.errors import card_of, note, placed
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
TROUBLES = [NotAllowed, NotFound, Conflict, InvalidRequest, DatabaseUnavailable, SecretUnreadable, KeyError]


def test_each_trouble_has_words_of_its_own_and_no_detail() -> None:
    said = [text(card_of(kind("password 123"))) for kind in TROUBLES]
    assert len(set(said)) == len(TROUBLES)
    assert not any("password" in one for one in said)


@pytest.mark.parametrize(
    ("asked", "how"),
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
def test_a_trouble_disturbs_nobody_else(asked: Interaction, how: type) -> None:
    assert isinstance(placed(card_of(NotFound()), asked), how)


def test_only_what_nobody_foresaw_is_logged_with_its_stack() -> None:
    with capture_logs() as logs:
        note(NotFound("x"), CLICK)
        note(KeyError("x"), CLICK)
    assert [(log["event"], "exc_info" in log) for log in logs] == [
        ("interaction.refused", False),
        ("interaction.failed", True),
    ]
