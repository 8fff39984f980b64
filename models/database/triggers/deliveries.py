"""Triggers that count deliveries by tenant and state, whatever statement changes them, of any release.

A count over the table would read all of it. A migration that makes the table anew (`batch_alter_table` on
SQLite) drops the triggers: it has to call `create_triggers` again.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text

from models.database.triggers import run_for

# One writer at a time, so one row a state.
_SQLITE: Final = (
    """
    CREATE TRIGGER deliveries_inserted AFTER INSERT ON deliveries BEGIN
        INSERT INTO delivery_counts (tenant_id, state, part, count) VALUES (NEW.tenant_id, NEW.state, 0, 1)
            ON CONFLICT (tenant_id, state, part) DO UPDATE SET count = count + 1;
    END
    """,
    """
    CREATE TRIGGER deliveries_updated AFTER UPDATE OF state ON deliveries WHEN NEW.state <> OLD.state BEGIN
        UPDATE delivery_counts SET count = count - 1
            WHERE tenant_id = OLD.tenant_id AND state = OLD.state AND part = 0;
        INSERT INTO delivery_counts (tenant_id, state, part, count) VALUES (NEW.tenant_id, NEW.state, 0, 1)
            ON CONFLICT (tenant_id, state, part) DO UPDATE SET count = count + 1;
    END
    """,
    """
    CREATE TRIGGER deliveries_deleted AFTER DELETE ON deliveries BEGIN
        UPDATE delivery_counts SET count = count - 1
            WHERE tenant_id = OLD.tenant_id AND state = OLD.state AND part = 0;
    END
    """,
)

# Each connection writes rows of its own (`part`), so that no transaction waits for another one's counts.
# A tenant that is being deleted with its rows has no counts any more.
_POSTGRESQL: Final = (
    """
    CREATE FUNCTION count_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            INSERT INTO delivery_counts AS known (tenant_id, state, part, count)
                SELECT tenant_id, state, pg_backend_pid(), count(*) FROM added GROUP BY tenant_id, state
                ON CONFLICT (tenant_id, state, part) DO UPDATE SET count = known.count + EXCLUDED.count;
        ELSIF TG_OP = 'DELETE' THEN
            INSERT INTO delivery_counts AS known (tenant_id, state, part, count)
                SELECT tenant_id, state, pg_backend_pid(), -count(*) FROM removed
                WHERE EXISTS (SELECT FROM tenants WHERE tenants.id = removed.tenant_id)
                GROUP BY tenant_id, state
                ON CONFLICT (tenant_id, state, part) DO UPDATE SET count = known.count + EXCLUDED.count;
        ELSE
            INSERT INTO delivery_counts AS known (tenant_id, state, part, count)
                SELECT tenant_id, state, pg_backend_pid(), sum(one) FROM (
                    SELECT tenant_id, state, 1 AS one FROM added
                    UNION ALL SELECT tenant_id, state, -1 FROM removed
                ) AS changed GROUP BY tenant_id, state HAVING sum(one) <> 0
                ON CONFLICT (tenant_id, state, part) DO UPDATE SET count = known.count + EXCLUDED.count;
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER deliveries_inserted AFTER INSERT ON deliveries
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_deliveries()
    """,
    """
    CREATE TRIGGER deliveries_updated AFTER UPDATE ON deliveries
        REFERENCING OLD TABLE AS removed NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION count_deliveries()
    """,
    """
    CREATE TRIGGER deliveries_deleted AFTER DELETE ON deliveries
        REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_deliveries()
    """,
)
_COUNT_ALL: Final = """
    INSERT INTO delivery_counts (tenant_id, state, part, count)
    SELECT tenant_id, state, 0, count(*) FROM deliveries GROUP BY tenant_id, state
"""
_DROP_SQLITE: Final = (
    "DROP TRIGGER deliveries_inserted",
    "DROP TRIGGER deliveries_updated",
    "DROP TRIGGER deliveries_deleted",
)
_DROP_POSTGRESQL: Final = (
    "DROP TRIGGER deliveries_inserted ON deliveries",
    "DROP TRIGGER deliveries_updated ON deliveries",
    "DROP TRIGGER deliveries_deleted ON deliveries",
    "DROP FUNCTION count_deliveries()",
)


def create_triggers(connection: Connection) -> None:
    """Count what there is, and count from now on."""
    connection.execute(text("DELETE FROM delivery_counts"))
    connection.execute(text(_COUNT_ALL))
    run_for(connection, {"sqlite": _SQLITE, "postgresql": _POSTGRESQL})


def drop_triggers(connection: Connection) -> None:
    run_for(connection, {"sqlite": _DROP_SQLITE, "postgresql": _DROP_POSTGRESQL})
