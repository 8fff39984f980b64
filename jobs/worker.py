"""A worker: processes that deliver, and one for what the clock asks for and what takes its time."""

from __future__ import annotations

from functools import partial

from jobs.background_process import run_background
from jobs.delivery_process import run_delivery
from jobs.process.supervisor import Supervisor, WorkerPart
from models.logs import set_up
from models.settings import from_env


def run(*, listens: bool = False) -> int:
    """Work until SIGTERM or Ctrl-C, which release the claims and end the processes; return the exit code.

    `listens`: also answer HTTP on HOST:PORT, for platforms that run nothing else. Raises InvalidSettings.
    """
    settings = from_env()
    set_up(settings.log_level)
    first = WorkerPart("delivery", partial(run_delivery, is_first=True, listens=listens))
    more = [
        WorkerPart(f"delivery-{number}", partial(run_delivery, is_first=False))
        for number in range(2, settings.delivery_processes + 1)
    ]
    return Supervisor([first, *more, WorkerPart("background", run_background)]).run()
