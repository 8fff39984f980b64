"""A child ends with its parent, even when that is killed."""

import subprocess
import sys
import time
from pathlib import Path

PARENT = """
import subprocess, sys, time
from jobs.process.kernel import end_with_parent
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], preexec_fn=end_with_parent)
print(child.pid, flush=True)
time.sleep(60)
"""


def test_a_child_ends_with_a_killed_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = Path("/proc") / parent.stdout.readline().strip()
    assert child.exists()

    parent.kill()
    parent.wait()
    parent.stdout.close()

    until = time.monotonic() + 5
    while child.exists() and " Z " not in (child / "stat").read_text() and time.monotonic() < until:
        time.sleep(0.02)
    assert time.monotonic() < until
