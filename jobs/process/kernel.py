"""What a process asks the kernel for: to end with its parent."""

from __future__ import annotations

import ctypes
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def end_with_parent(how: signal.Signals = signal.SIGTERM) -> None:
    """Let Linux send `how` to this process when its parent dies, even by kill -9; elsewhere do nothing.

    See prctl(2). The parent is the thread that started us, so start children from the main thread.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(how))
