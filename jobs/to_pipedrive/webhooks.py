"""Our webhooks at Pipedrive: list, create, delete. Pipedrive has no way to change one.

Source: https://pipedrive.readme.io/docs/guide-for-webhooks-v2 and POST /v1/webhooks of the OpenAPI document.
"""

from __future__ import annotations

from jobs.to_pipedrive.calls import Item, PipedriveCalls, item_of
from models.errors import NotFound

VERSION = "2.0"
LONGEST_NAME = 255


class PipedriveWebhooks(PipedriveCalls):
    """The webhooks of the token's app and user."""

    def webhooks(self) -> list[Item]:
        """List them: `id`, `subscription_url`, `event_object`, `is_active`, `last_http_status`, ...

        Their credentials are not listed in a form that could be compared.
        """
        return self._whole("/v1/webhooks")

    def add_webhook(self, url: str, entity: str, name: str, user: str, password: str) -> Item:
        """Subscribe `url` to every action of an entity (`deal`), with Basic credentials; returns its `id`.

        Raises PipedriveRefused, for example if a user has 40 already; Unsure if it may have been created.
        """
        payload = {
            "subscription_url": url,
            "event_action": "*",
            "event_object": entity,
            "name": name[:LONGEST_NAME],
            "version": VERSION,
            "http_auth_user": user,
            "http_auth_password": password,
        }
        return item_of(self._write("POST", "/v1/webhooks", payload))

    def remove_webhook(self, id: int | str) -> None:
        """Delete a webhook; if it does not exist any more, that is fine."""
        try:
            self._write("DELETE", "/v1/webhooks/{id}", id=id)
        except NotFound:
            return
