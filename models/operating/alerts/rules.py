"""The thresholds of all alerts. Each is passed only by what is beyond it, never by what is equal to it.

docs/operating.md, Alerts, lists them for operators.
"""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Final

# Attempts to send that failed within the window.
RATE_WINDOW: Final = timedelta(minutes=5)
LEAST_ATTEMPTS: Final = 10  # no more say nothing about a rate
MOST_FAILED_ATTEMPTS: Final = 0.1

# Cards of the last hour that failed for good.
LEAST_CARDS: Final = 100
MOST_FAILED_CARDS: Final = Fraction(1, 100)
FIGURE_HOLDS: Final = timedelta(minutes=15)  # a worker counts every five minutes; older numbers say nothing

# The oldest thing that is due.
LATE: Final = timedelta(minutes=5)
LATE_NO_MORE: Final = timedelta(minutes=1)

# Synthetic events.
SYNTHETIC_WITHIN: Final = timedelta(minutes=5)

# Room on a disk: less than either is too little.
LEAST_FREE_BYTES: Final = 1024**3
LEAST_FREE_SHARE: Final = 0.05

# Probes of the service's own address, one each half minute.
PROBE_TIMEOUT_S: Final = 10.0
SLOW_ANSWER_S: Final = 5.0
SLOW_IN_A_ROW: Final = 2
FAILED_IN_A_ROW: Final = 3
UPTIME_DAYS: Final = 30
LEAST_PROBES: Final = 1000
LEAST_UPTIME: Final = Fraction(999, 1000)
