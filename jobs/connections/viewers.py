"""Who may see an object read through REST: webhooks state it themselves (`permitted_user_ids`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jobs.to_pipedrive.api import PipedriveApi
from models.errors import NotAllowed, NotFound
from models.pipedrive.change import Change
from models.pipedrive.webhook.parsed import identity

ALONE: Final = "1"  # `visible_to`: the owner and followers of the object, so each is asked for separately
HAVE_CIRCLES: Final = ("deal", "lead", "person", "organization", "product")
# An activity or a note is visible to those who see the object it is about.
_ABOUT: Final = {"deal_id": "deal", "lead_id": "lead", "org_id": "organization", "person_id": "person"}

Circle = tuple[str, str, str]


class Viewers:
    """Makes as few calls as possible: one for all objects of one owner and one visibility.

    The meaning of `visible_to` numbers depends on a company's plan, so they are only compared.
    """

    def __init__(self, api: PipedriveApi) -> None:
        self._api = api
        self._known: dict[Circle, list[str]] = {}

    def of(
        self, entity: str, object_id: str, state: Mapping[str, Any], last: Change | None
    ) -> list[str] | None:
        """Return the ids of the users who may see it, None if nothing restricts it.

        The list in its last webhook is valid while owner and visibility are unchanged. If Pipedrive gives
        none, it is only the owner: better too few users than one too many. Raises what calls raise.
        """
        if entity not in HAVE_CIRCLES:
            return self._of_what_it_is_about(state)
        if last is not None and last.permitted_user_ids is not None and _is_same_circle(last.state, state):
            return sorted(last.permitted_user_ids)
        circle = circle_of(entity, object_id, state)
        if circle not in self._known:
            self._known[circle] = self._ask(entity, object_id, identity(state.get("owner_id")) or "")
        return self._known[circle]

    def _of_what_it_is_about(self, state: Mapping[str, Any]) -> list[str] | None:
        owner = identity(state.get("owner_id")) or identity(state.get("user_id")) or ""
        for key, entity in _ABOUT.items():
            about = identity(state.get(key))
            if about:
                circle = (entity, "", about)
                if circle not in self._known:
                    self._known[circle] = self._ask(entity, about, owner)
                return self._known[circle]
        return None

    def _ask(self, entity: str, object_id: str, owner: str) -> list[str]:
        try:
            return sorted(self._api.permitted_users(object_id, entity))
        except (NotFound, NotAllowed):
            return [owner] if owner else []


def circle_of(entity: str, object_id: str, state: Mapping[str, Any]) -> Circle:
    """Return what objects have in common that the same users may see.

    One that is not shared has a circle of its own.
    """
    seen_to = str(state.get("visible_to") or "")
    owner = identity(state.get("owner_id")) or ""
    shared = seen_to not in ("", ALONE)
    return (entity, seen_to, owner) if shared else (entity, "", object_id)


def _is_same_circle(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    keys = ("visible_to", "owner_id")
    return [str(old.get(key)) for key in keys] == [str(new.get(key)) for key in keys]
