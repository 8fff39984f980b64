"""Our webhooks at Pipedrive: listed, made, taken away. There is no way to change one.

Source: https://pipedrive.readme.io/docs/guide-for-webhooks-v2 and POST /v1/webhooks of the OpenAPI document.
"""

from __future__ import annotations

from jobs.to_pipedrive.calls import Item, PipedriveCalls, item_of
from models.errors import NotFound

VERSION = "2.0"
LONGEST_NAME = 255


class PipedriveWebhooks(PipedriveCalls):
    """The webhooks of the app and the user whose token it is."""

    def webhooks(self) -> list[Item]:
        """List them: `id`, `subscription_url`, `event_object`, `is_active`, `last_http_status`, ...

        Their credentials are not told in a form that could be compared.
        """
        return self._whole("/v1/webhooks")

    def add_webhook(self, url: str, entity: str, name: str, user: str, password: str) -> Item:
        """Subscribe `url` to every action of an entity (`deal`), with Basic credentials; its `id` comes back.

        Raises PipedriveRefused, among others when a user has 40 already; Unsure when it may have been made.
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
        """Take one away; one that is gone is gone."""
        try:
            self._write("DELETE", "/v1/webhooks/{id}", id=id)
        except NotFound:
            return
