"""A worker: a process that delivers, and one for what the clock asks for and what takes its time."""

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
    set_up(from_env().log_level)
    delivery = WorkerPart("delivery", partial(run_delivery, listens=listens))
    return Supervisor([delivery, WorkerPart("background", run_background)]).run()
