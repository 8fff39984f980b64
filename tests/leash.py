"""Runs `python ARGUMENTS...` so that it ends with its parent process, even after kill -9."""

import os
import signal
import sys

from jobs.process.kernel import end_with_parent

if __name__ == "__main__":
    end_with_parent(signal.SIGKILL)
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
