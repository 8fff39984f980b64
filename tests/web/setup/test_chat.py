"""Whether Google Chat has called us, and which command ids are unknown."""

from datetime import UTC, datetime, timedelta

from models.clock import now
from models.database.engine import Database
from models.tables import Heartbeat, UnknownCommand
from web.setup.chat import chat_seen


def test_chat_that_was_never_heard_is_said_so(database: Database) -> None:
    with database.reading_all() as session:
        seen = chat_seen(session, with_commands=True)

    assert (seen.heard_at, seen.unknown_commands) == (None, ())


def test_only_the_heart_of_chat_counts(database: Database) -> None:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    with database.writing_all() as session:
        session.add_all([Heartbeat(part="door", at=now()), Heartbeat(part="chat", at=at)])

    with database.reading_all() as session:
        assert chat_seen(session, with_commands=True).heard_at == at


def test_unknown_command_ids_are_for_people_who_signed_in(database: Database) -> None:
    with database.writing_all() as session:
        session.add(UnknownCommand(command_id="99", times=3))

    with database.reading_all() as session:
        known, unknown = chat_seen(session, with_commands=True), chat_seen(session, with_commands=False)
    assert [(stray.id, stray.times) for stray in known.unknown_commands] == [("99", 3)]
    assert unknown.unknown_commands == ()


def test_a_command_id_that_was_mended_is_forgotten_in_a_day(database: Database) -> None:
    with database.writing_all() as session:
        session.add_all(
            UnknownCommand(command_id=number, last_at=now() - timedelta(hours=hours))
            for number, hours in (("8", 25), ("9", 23))
        )

    with database.reading_all() as session:
        assert [stray.id for stray in chat_seen(session, with_commands=True).unknown_commands] == ["9"]
