"""The process that answers requests: its app, built from its settings."""

from __future__ import annotations

import signal

from flask import Blueprint

from jobs.loop import PollingLoop
from jobs.process.kernel import end_with_parent
from models.database.engine import Database
from models.error_reports import error_reporter
from models.interpreter import set_up_to_serve
from models.logs import set_up
from models.operating.checkpointer import EVERY_S as CHECKPOINTS_EVERY_S
from models.operating.checkpointer import Checkpointer
from models.security.audit import Auditor
from models.settings import Settings, from_env
from web.app import create_app, doorway
from web.from_pipedrive.heartbeat import HeartbeatWriter
from web.front import Front
from web.incoming.connections import ConnectionSweeper
from web.waker import Waker


def build(settings: Settings, *pages: Blueprint) -> Front:
    """Return the RSGI app of this process, with additional pages."""
    database = Database(settings.database_url, Auditor(settings.secret_key))
    waker = Waker(settings)
    app = create_app(settings, database, waker)
    for page in pages:
        app.register_blueprint(page)
    set_up_to_serve()
    front = doorway(settings, app, database, waker)
    checkpoints = PollingLoop("checkpoints", Checkpointer(database).step, CHECKPOINTS_EVERY_S)
    for each in (waker, HeartbeatWriter(database), checkpoints, ConnectionSweeper(settings.port)):
        each.start()
    return front


def rsgi() -> Front:
    """Return the RSGI app; granian calls it in its worker."""
    end_with_parent(signal.SIGKILL)  # a killed watcher must not leave a worker behind that holds the port
    settings = from_env()
    set_up(settings.log_level, error_reporter(settings.sentry_dsn), service="web")
    return build(settings)
