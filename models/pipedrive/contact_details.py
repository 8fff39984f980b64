"""What people type of a contact: how long each part may be, and what an e-mail address looks like.

It is the same for dialogs, commands, REST and forms on web sites.
"""

from __future__ import annotations

import re
from typing import Final

NAME_LETTERS: Final = 255
EMAIL_LETTERS: Final = 254
PHONE_LETTERS: Final = 64
# Its parts exclude each other's first letter, so that no text takes long to check.
EMAIL_FORM: Final = r"[^@\s<>\"]{1,64}@[^@\s<>\".]+(?:\.[^@\s<>\".]+)+"
_EMAIL: Final = re.compile(EMAIL_FORM)


def is_email(text: str) -> bool:
    """Return whether a text has the form of an e-mail address that people write to."""
    return len(text) <= EMAIL_LETTERS and _EMAIL.fullmatch(text) is not None
