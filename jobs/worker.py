"""A worker: processes that deliver, and one for what the clock asks for and what takes its time."""

from __future__ import annotations

from functools import partial

from jobs.background_process import run_background
from jobs.delivery_process import run_delivery
from jobs.process.supervisor import Supervisor, WorkerPart
from jobs.warm_up import warm_up
from jobs.wiring import the_engine


def run(*, listens: bool = False) -> int:
    """Work until SIGTERM or Ctrl-C, which release the claims and end the processes; return the exit code.

    `listens`: also answer HTTP on HOST:PORT, for platforms that run nothing else.

    The engine is built here, before the processes begin: each has all that was read, without reading it, and
    they share its memory. Raises what `the_engine` raises.
    """
    engine = the_engine()
    warm_up(engine.database, engine.rulesets, engine.names)
    engine.database.close()  # its connections: two processes must never use the same one
    first = WorkerPart("delivery", partial(run_delivery, is_first=True, listens=listens))
    more = [
        WorkerPart(f"delivery-{number}", partial(run_delivery, is_first=False))
        for number in range(2, engine.settings.delivery_processes + 1)
    ]
    return Supervisor([first, *more, WorkerPart("background", run_background)]).run()
