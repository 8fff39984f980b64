"""How long things took, as a histogram of fixed buckets: it can be added to others, and gives p50 and p95."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from sqlalchemy import BigInteger, Text, case, cast, extract, func, type_coerce

_DAY_MS: Final = 86_400_000
_EXACT: Final = 100  # below, every millisecond is a bucket
_LONGEST: Final = 10**10  # 115 days; what took longer counts as that long


def milliseconds_between(earlier: Any, later: Any, *, is_sqlite: bool) -> Any:
    """Build the SQL for the whole milliseconds between two columns of times."""
    if is_sqlite:  # where times are texts
        days = func.julianday(type_coerce(later, Text)) - func.julianday(type_coerce(earlier, Text))
        return cast(func.round(days * _DAY_MS), BigInteger)
    return cast(func.floor(extract("epoch", later - earlier) * 1000), BigInteger)


def bucket_of(took: Any) -> Any:
    """Build the SQL for the bucket of some milliseconds: they are cut after two digits.

    From 100 ms on a bucket is a hundredth to a tenth as wide as what it holds, so that its middle is wrong
    by at most five percent.
    """
    steps = [(took < 0, 0), (took < _EXACT, took)]
    width = 10
    while width * _EXACT <= _LONGEST:
        steps.append((took < width * _EXACT, took - took % width))
        width *= 10
    return case(*steps, else_=_LONGEST)


def percentile(buckets: Counter[int], share: int) -> int | None:
    """Return the milliseconds within which `share` percent were done, at most 5 % wrong; None for none."""
    rank = -(-buckets.total() * share // 100)
    for low in sorted(buckets):
        rank -= buckets[low]
        if rank <= 0:
            return low + _width(low) // 2
    return None


def _width(low: int) -> int:
    """Return how many milliseconds a bucket has."""
    return 10 ** max(0, len(str(low)) - 2) if low >= _EXACT else 0
