"""The people of the playground, for Chat and for Google's sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    display_name: str
    email: str

    def resource(self) -> dict[str, Any]:
        """The User resource as in interaction events."""
        known = {"name": self.name, "displayName": self.display_name, "email": self.email}
        return known | {"type": "HUMAN", "domainId": "playground"}


ADA = Person("users/1001", "Ada Lovelace", "ada@example.com")


BEN = Person("users/1002", "Ben Okafor", "ben@example.com")
