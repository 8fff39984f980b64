"""The names of Pipedrive's ids in one tenant, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

Json: TypeAlias = Any  # parsed JSON from outside; its reader must validate it
RESTRICTED = "restricted"  # in `more`: not everybody may see the object of this name


@dataclass(frozen=True, slots=True)
class Name:
    """The name of one id, with further attributes (`pipeline_id`, `order`, `options` ...).

    `changed_at` is Pipedrive's time of the change that contained it, None if it came from a list.
    """

    text: str
    more: Mapping[str, Json] = field(default_factory=dict)
    changed_at: datetime | None = field(default=None, compare=False)


class Names(dict[tuple[str, str], Name]):
    """All names of a tenant by (kind, key); keys are text, kinds are `user`, `stage`, `deal_field` ..."""

    def text(self, kind: str, key: object) -> str | None:
        """The name of `key`, None if unknown."""
        name = self.get((kind, str(key)))
        return None if name is None else name.text

    def of(self, kind: str) -> dict[str, Name]:
        """Every known name of one kind, by its key."""
        return {key: name for (known, key), name in self.items() if known == kind}

    def for_everybody(self) -> "Names":
        """These names without those of restricted objects, which cards then leave out."""
        if not any(RESTRICTED in name.more for name in self.values()):
            return self
        return Names({pair: name for pair, name in self.items() if RESTRICTED not in name.more})


NO_NAMES = Names()
