"""The version of this program, as people and operators see it."""

from typing import Final

VERSION: Final = "1.0.0"
