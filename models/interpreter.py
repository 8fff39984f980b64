"""How Python runs in a process that serves: garbage is collected rarely, and threads take turns often."""

from __future__ import annotations

import gc
import sys
from typing import Final

from sqlalchemy.orm import configure_mappers

# Each card or webhook makes some hundred containers, all free without the collector. With Python's own
# thresholds (700, 10, 10) a worker spent a fifth of its time in looking through them and the whole heap.
THRESHOLDS: Final = (20_000, 20, 50)
# A thread that waits for a database or a socket gives the interpreter away, and has to ask for it afterwards:
# one that computes keeps it for so long. A step of a drain, which asks some fifty times, took 248 ms beside
# such a thread with Python's own 5 ms, and takes 51 ms with this. Half a millisecond costs a tenth more CPU.
SWITCH_S: Final = 0.001


def set_up_to_serve() -> None:
    """Leave what is alive now out of all collections, collect less often, and let threads take turns often.

    The tables are mapped here: the first transaction did so otherwise, for a quarter of a second in which
    nobody else could write to SQLite.

    Call it once a process is built. Until then nothing need be collected: with `gc.disable()` at its start a
    process has imported its modules after four fifths of the time.
    """
    configure_mappers()
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    sys.setswitchinterval(SWITCH_S)
