"""Serves the web part with granian: one process that answers, and this one, which watches it.

The interface is RSGI: the app gets a request before its body, in an event loop, so that no thread waits for
a client (WSGI takes a thread first: 32 unfinished bodies stopped everything).
The watcher imports little, to use little memory.
"""

from __future__ import annotations

import gc
import sys
from multiprocessing import get_context
from typing import Final

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from models.errors import AppError, InvalidSettings
from models.settings import Settings
from web.incoming.connections import allow_connections

BACKLOG: Final = 2048
MOST_HEAD_BYTES: Final = 64 * 1024  # of request line and headers; longer ones are answered 431
END_WITHIN_S: Final = 8


def serve(settings: Settings, target: str, *, end_within_s: int = END_WITHIN_S) -> int:
    """Serve what the function `target` (module:name) builds, until SIGTERM or Ctrl-C.

    Requests that are under way `end_within_s` seconds later are cut off.
    Returns 0, or 1 if the database is not ready, which stderr explains.
    """
    preparing = get_context("fork").Process(target=_prepare, args=(settings,))
    preparing.start()
    preparing.join()
    if preparing.exitcode:
        return preparing.exitcode
    server = Granian(
        target,
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,  # proxies speak it; HTTP/2 has no deadline for headers here
        workers=1,
        backlog=BACKLOG,
        backpressure=allow_connections(),
        websockets=False,
        log_enabled=False,
        workers_kill_timeout=end_within_s,
        respawn_failed_workers=True,
        http1_settings=HTTP1Settings(
            header_read_timeout=10_000, keep_alive=True, max_buffer_size=MOST_HEAD_BYTES
        ),
    )
    gc.disable()  # until the process that answers is built (`set_up_to_serve`); this one makes no garbage
    try:
        server.serve()
    except RuntimeError as refused:  # granian raises this if it cannot bind the socket
        sys.stderr.write(f"PORT {settings.port} on {settings.host} cannot be had: {_first_line(refused)}\n")
        return 1
    return 0


def _prepare(settings: Settings) -> None:
    """Prepare the record, in a process of its own: the watcher keeps none of what that imports."""
    from models.database.engine import Database  # noqa: PLC0415 - see above
    from models.maintenance.prepare import prepare  # noqa: PLC0415 - see above
    from models.security.audit import Auditor  # noqa: PLC0415 - see above

    database = Database(settings.database_url, Auditor(settings.secret_key))
    try:
        prepare(database, settings)
    except InvalidSettings as refused:
        sys.exit("\n".join(refused.problems))
    except (AppError, OSError) as trouble:
        sys.exit(str(trouble))
    finally:
        database.close()


def _first_line(refused: RuntimeError) -> str:
    return str(refused).partition("\n")[0]
