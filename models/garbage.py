"""How Python collects garbage in a process that serves: rarely, and never what was there at its start."""

from __future__ import annotations

import gc
from typing import Final

# Each card or webhook makes some hundred containers, all free without the collector. With Python's own
# thresholds (700, 10, 10) a worker spent a fifth of its time in looking through them and the whole heap.
THRESHOLDS: Final = (20_000, 20, 50)


def collect_rarely() -> None:
    """Leave what is alive now out of all collections, and collect less often.

    Call it once a process is built.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
