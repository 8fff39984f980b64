"""Triggers that note which hour has changed after it may have been rolled up into figures.

An hour is that in which a row was created. Deliveries that end in it, as nearly all do, are noted nowhere:
their hour is rolled up only later. The conditions are of the row alone, so that they cost next to nothing.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from models.database.triggers import run_for

_SQLITE: Final = (
    """
    CREATE TRIGGER deliveries_ended_late AFTER UPDATE OF state, finished_at ON deliveries
    WHEN OLD.finished_at IS NOT NULL OR substr(NEW.finished_at, 1, 13) <> substr(OLD.created_at, 1, 13) BEGIN
        INSERT INTO stale_hours (tenant_id, hour) VALUES (OLD.tenant_id, substr(OLD.created_at, 1, 13));
    END
    """,
    """
    CREATE TRIGGER card_actions_ended AFTER UPDATE OF state ON card_actions
    WHEN OLD.state <> NEW.state AND (OLD.state = 'done' OR NEW.state = 'done') BEGIN
        INSERT INTO stale_hours (tenant_id, hour) VALUES (OLD.tenant_id, substr(OLD.created_at, 1, 13));
    END
    """,
)
_POSTGRESQL: Final = (
    """
    CREATE FUNCTION note_stale_hour() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO stale_hours (tenant_id, hour)
            VALUES (OLD.tenant_id, to_char(timezone('UTC', OLD.created_at), 'YYYY-MM-DD"T"HH24'));
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER deliveries_ended_late AFTER UPDATE OF state, finished_at ON deliveries FOR EACH ROW
        WHEN (OLD.finished_at IS NOT NULL OR date_trunc('hour', timezone('UTC', NEW.finished_at))
                                          <> date_trunc('hour', timezone('UTC', OLD.created_at)))
        EXECUTE FUNCTION note_stale_hour()
    """,
    """
    CREATE TRIGGER card_actions_ended AFTER UPDATE OF state ON card_actions FOR EACH ROW
        WHEN (OLD.state <> NEW.state AND (OLD.state = 'done' OR NEW.state = 'done'))
        EXECUTE FUNCTION note_stale_hour()
    """,
)
_DROP_SQLITE: Final = ("DROP TRIGGER deliveries_ended_late", "DROP TRIGGER card_actions_ended")
_DROP_POSTGRESQL: Final = (
    "DROP TRIGGER deliveries_ended_late ON deliveries",
    "DROP TRIGGER card_actions_ended ON card_actions",
    "DROP FUNCTION note_stale_hour()",
)


def create_triggers(connection: Connection) -> None:
    """Note stale hours from now on."""
    run_for(connection, {"sqlite": _SQLITE, "postgresql": _POSTGRESQL})


def drop_triggers(connection: Connection) -> None:
    run_for(connection, {"sqlite": _DROP_SQLITE, "postgresql": _DROP_POSTGRESQL})
