"""The people of the playground, for Chat and for Google's sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

COMPANY: Final = "playground"


@dataclass(frozen=True, slots=True)
class Person:
    """A person of Chat; `domain` is their organisation at Google."""

    name: str
    display_name: str
    email: str
    domain: str = COMPANY

    def resource(self) -> dict[str, Any]:
        """The User resource as in interaction events."""
        known = {"name": self.name, "displayName": self.display_name, "email": self.email}
        return known | {"type": "HUMAN", "domainId": self.domain}


ADA: Final = Person("users/1001", "Ada Lovelace", "ada@example.com")
BEN: Final = Person("users/1002", "Ben Okafor", "ben@example.com")
CORA: Final = Person("users/1003", "Cora Lindqvist", "cora@example.com")
# From outside, and no user of the team: a guest wherever they are.
GIL: Final = Person("users/1004", "Gil Marsh", "gil@partner.example", "partner")
PEOPLE: Final = (ADA, BEN, CORA, GIL)
