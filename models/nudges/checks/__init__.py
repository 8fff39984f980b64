"""The checks on deals. A new one is a function with `@check(...)` in a module here, and a table of cases.

`CHECKS` has all of them, by name; the lines of a card are sorted by gravity (`models/nudges/find.py`).
"""

from models.nudges.checks import activities, fields, owner, timing
from models.nudges.checks.check import CHECKS, Check, CheckScope

__all__ = ["CHECKS", "Check", "CheckScope", "activities", "fields", "owner", "timing"]
