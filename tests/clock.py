"""A monotonic clock that a test moves."""


class Clock:
    """`Clock()` returns the seconds in `at`, which start at 0."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at
