"""Runs `python ARGUMENTS...` on a leash: it dies with the process that asked for it, even by kill -9."""

import os
import signal
import sys

from jobs.process.kernel import end_with_parent

if __name__ == "__main__":
    end_with_parent(signal.SIGKILL)
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
