"""Where an installation for testing may write: into the spaces of STAGING_SPACES alone.

Its database may be a copy of production's, with every space of every customer in it.
"""

from __future__ import annotations

from models.errors import OutsideStaging
from models.languages.translate import for_later, marked
from models.settings import Settings

OUTSIDE_CHAT = marked("this is a staging installation: it sends no mails and calls no webhooks")
NO_DIRECT = marked(
    "this is a staging installation, and no direct message with this person is in STAGING_SPACES"
)


class AllowedSpaces:
    """Asked before each write to Chat, in the clients themselves, so that no way goes around it."""

    def __init__(self, settings: Settings) -> None:
        self._spaces = settings.allowed_spaces

    def require(self, name: str) -> None:
        """Raise OutsideStaging unless a space, or a message `spaces/AAAA/messages/BBBB`, may be written."""
        if self._spaces is None:
            return
        space = "/".join(name.split("/")[:2])
        if space not in self._spaces:
            raise OutsideStaging(
                for_later(
                    "this is a staging installation, and {space} is not in STAGING_SPACES", space=space[:255]
                )
            )

    @property
    def is_empty(self) -> bool:
        """Whether no space at all may be written."""
        return self._spaces is not None and not self._spaces

    def refuse_direct(self) -> None:
        """Raise OutsideStaging in staging, for a person who has no direct message with the app."""
        if self._spaces is not None:
            raise OutsideStaging(NO_DIRECT)


def require_outside_chat(settings: Settings) -> None:
    """Raise OutsideStaging where nothing may leave but what goes to Chat."""
    if settings.is_staging:
        raise OutsideStaging(OUTSIDE_CHAT)
