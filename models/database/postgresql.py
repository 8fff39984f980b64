"""The engine for PostgreSQL, reached directly or through a pooler such as PgBouncer in transaction mode.

A pooler gives every transaction another session, so nothing may be set for a session: time limits, role and
tenant are set at the begin of each transaction, and statements are prepared only on a direct connection.
Facts: https://www.pgbouncer.org/features.html, https://www.postgresql.org/docs/current/errcodes-appendix.html.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from models.database import isolation
from models.database.direct import end_pipeline, is_begun, run_text
from models.database.row_security import APP_ROLE
from models.database.storable import to_json
from models.database.tls import with_verified_tls

POOL_RECYCLE_S: Final = 1800
STATEMENT_TIMEOUT_MS: Final = 10_000
PREPARE_AFTER: Final = 3  # runs of a statement
# Errors after which a connection is of no use although it may still be open: the server was demoted and only
# reads (25006), is being stopped or starts (57P..), or the connection broke (08...).
LEAVE_AFTER: Final = ("25006", "57P", "08")
_ABOUT_US: Final = (
    "SELECT rolsuper OR rolbypassrls, pg_backend_pid() FROM pg_roles WHERE rolname = current_user"
)


def create_postgresql_engine(url: str, **pool: Any) -> Engine:
    """Create an engine that leaves a demoted or stopped server, and needs no session of its own.

    Raises UnverifiedServer.
    """
    engine = create_engine(
        with_verified_tls(url),
        hide_parameters=True,
        json_serializer=to_json,
        pool_recycle=POOL_RECYCLE_S,
        pool_pre_ping=False,
        connect_args={
            "connect_timeout": 2,
            "application_name": "pipenotify",
            "prepare_threshold": None,
        },
        **pool,
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin_transaction)
    event.listen(engine, "before_cursor_execute", _wait_for_sent)
    event.listen(engine, "rollback", _forget_sent)
    event.listen(engine, "handle_error", _leave_unusable_server)
    event.listen(engine, "handle_error", _hide_values)
    return engine


def _prepare_connection(connection: Any, record: Any) -> None:
    """Note whether the login is above row security, and prepare statements if no pooler is between.

    A pooler makes up the process id of the session that it pretends to be. The driver is not to begin
    transactions, which takes it a round trip: `_begin_transaction` does, in the one that it makes.
    """
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT_US)
        above_the_rules, process_id = cursor.fetchone()
    record.info["above_the_rules"] = bool(above_the_rules)
    if process_id == connection.info.backend_pid:
        connection.prepare_threshold = PREPARE_AFTER


def runs_to_prepare(connection: Any) -> int:
    """Return after how many runs a statement is prepared on a connection: 0 where a pooler is between."""
    threshold: int | None = connection.connection.driver_connection.prepare_threshold
    return 0 if threshold is None else threshold + 1


def _begin_transaction(connection: Any) -> None:
    if not is_begun(connection):
        begin(connection)


def begin(connection: Any, *, writes: bool = True) -> None:  # noqa: ARG001 - both databases begin alike
    """Begin a transaction by the driver, for the tenant in the connection's options."""
    tenant = connection.get_execution_options().get(isolation.KEY)
    scope = isolation.as_setting(tenant)
    # A connection that was asked for another isolation level begins itself.
    begin = "BEGIN; " if connection.connection.dbapi_connection.autocommit else ""
    if scope is None:  # migrations and self-checks run as the owner, as long as they need
        run_text(connection, f"{begin}SET LOCAL statement_timeout = 0; SET LOCAL timezone = 'UTC'")
        return
    step_down = f"SET LOCAL ROLE {APP_ROLE}; " if connection.connection.info["above_the_rules"] else ""
    run_text(
        connection,
        f"{begin}SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS}; SET LOCAL timezone = 'UTC'; "
        f"{step_down}SET LOCAL {isolation.SETTING} = '{scope}'",
    )


def _wait_for_sent(connection: Any, *_: Any) -> None:
    end_pipeline(connection)


def _forget_sent(connection: Any) -> None:
    """End what was sent without an answer; what went wrong with it is undone anyway."""
    with suppress(SQLAlchemyError):
        end_pipeline(connection)


def _leave_unusable_server(context: ExceptionContext) -> None:
    """Throw the connection away, and with it all older ones of the pool."""
    state = getattr(context.original_exception, "sqlstate", None) or ""
    if state.startswith(LEAVE_AFTER):
        context.is_disconnect = True


def _hide_values(context: ExceptionContext) -> None:
    """Cut an error to its first line: PostgreSQL quotes whole rows in the lines after it."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:])
