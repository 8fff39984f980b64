"""The version of this program, as shown to people and operators."""

from typing import Final

VERSION: Final = "1.0.0"
