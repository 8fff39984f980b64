"""One spelling of INSERT ... ON CONFLICT for both databases."""

from datetime import UTC, datetime

from sqlalchemy import select

from models.database.engine import Database
from models.database.upsert import insert_into, prepared_insert
from models.tables import Heartbeat

NOON, LATER = datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 11, 20, 13, tzinfo=UTC)


def test_a_row_that_exists_stays_or_is_updated_as_asked(database: Database) -> None:
    keep = prepared_insert(Heartbeat, lambda insert: insert.on_conflict_do_nothing())

    with database.writing_all() as session:
        for at in (NOON, LATER):
            session.execute(keep(session).values(part="door", at=at))
        assert session.scalar(select(Heartbeat.at)) == NOON

        again = insert_into(session, Heartbeat).values(part="door", at=LATER)
        session.execute(again.on_conflict_do_update(index_elements=["part"], set_={"at": LATER}))
        session.expire_all()
        assert session.scalar(select(Heartbeat.at)) == LATER
