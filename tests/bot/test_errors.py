import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.chat.interaction import ChatSpace, Dialect, Interaction, InteractionKind
from bot.chat.reply import Open, Say, Update, Warn
from bot.errors import error_card_of, error_reply, log_error, show_error
from models.database.engine import Database
from models.errors import (
    Conflict,
    DatabaseUnavailable,
    InvalidRequest,
    NotAllowed,
    NotFound,
    SecretUnreadable,
)
from models.tables import User
from tests.cards import text
from tests.chat import CLEO, Chat, add_sales_rep, rule_of
from tests.models.rows import add, destination

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


@pytest.mark.parametrize(
    ("typed", "phrase", "says"),
    [
        ("mute 1h rule Winz of Acme", "mute 1h rule #{rule}", "The rule “Wins of Acme”"),
        ("log failed rule Winz of Acme", "log failed rule #{rule}", "Wins of Acme"),
        ("rule backtest Winz of Acme 3d", "rule backtest #{rule} 3d", "3 days"),
        ("backtest rule “Winz of Acme” 3d", "rule backtest #{rule} 3d", "3 days"),
        ("replay rule Winz of Acme since 2d", "replay rule #{rule} since 2d", "Rule Wins of Acme · since"),
        ("team role cleos@acme.test viewer", "team role #{cleo} viewer", "Now viewer."),
        ("team manager cleos@acme.test ada", "team manager #{cleo} ada", "Ada Lovelace is their manager"),
        ("team manager ada cleos@acme.test", "team manager ada #{cleo}", "cleo@acme.test is their manager"),
    ],
)
def test_a_choice_does_the_same_with_what_was_meant(
    chat: Chat, database: Database, tenants: tuple[int, int], typed: str, phrase: str, says: str
) -> None:
    """The rest of the command stays as it was typed, before and after the mistyped name."""
    add_sales_rep(database, tenants[0])
    with database.reading(tenants[0]) as session:
        cleo = session.scalars(select(User.id).where(User.email == CLEO["email"])).one()
    button = next(each for each in chat.say(typed).buttons().values() if "phrase" in each)
    assert button["phrase"] == phrase.format(rule=rule_of(database, tenants[0]).id, cleo=cleo)
    assert chat.click(**button).has(says)


@pytest.mark.parametrize(("letters", "is_offered"), [(900, True), (1000, False), (1900, False)])
def test_a_command_too_long_for_a_button_is_answered_without_it(
    chat: Chat, database: Database, tenants: tuple[int, int], letters: int, is_offered: bool
) -> None:
    add(database, *(destination(tenants[0], f"Wall {each}", kind="chat_webhook") for each in range(3)))
    reply = chat.say(f"space rename Wall to {'😀' * letters}")
    assert reply.has("Several fit “Wall”")
    assert ("Wall 0" in reply.buttons()) is is_offered


def test_only_unexpected_errors_are_logged_with_a_stack_trace() -> None:
    with capture_logs() as logs:
        log_error(NotFound("x"), CLICK)
        log_error(KeyError("x"), CLICK)
    assert [(log["event"], "exc_info" in log) for log in logs] == [
        ("interaction.refused", False),
        ("interaction.failed", True),
    ]
