"""Runs a coroutine to its end, whatever else runs in this thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Found = TypeVar("Found")


def run_alone(
    work: Coroutine[Any, Any, Found], by: Callable[[Coroutine[Any, Any, Found]], Found] = asyncio.run
) -> Found:
    """Return what a coroutine returns, run by a loop and a thread of its own; `by` is asyncio's or uvloop's.

    A browser that an earlier test of this process opened leaves a loop running in the main thread.
    """
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(by, work).result()
