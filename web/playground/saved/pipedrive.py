"""The simulated Pipedrive as JSON and back: records, webhooks, what is still to be sent, and tokens."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from web.playground.pipedrive.records import CustomField
from web.playground.pipedrive.sender import Sent
from web.playground.pipedrive.server import FakePipedrive
from web.playground.pipedrive.store import CrmStore
from web.playground.pipedrive.webhooks import Webhook

MOST_REMOVED = 50


def pipedrive_state(pipedrive: FakePipedrive) -> dict[str, Any]:
    """The first company, and the app's tokens there."""
    subscriptions = pipedrive.subscriptions
    return {
        "company": _company(pipedrive.store),
        "webhooks": [asdict(one) for one in list(subscriptions.all.values())],
        "removed": [asdict(one) for one in subscriptions.removed[-MOST_REMOVED:]],
        "sent": [asdict(one) for one in pipedrive.sender.last_sent()],
        "unsent": [
            {"webhook": due.webhook.id, "body": due.body, "attempt": due.attempt, "at": due.at}
            for due in pipedrive.sender.unsent()
        ],
        "oauth": pipedrive.oauth.state(),
    }


def restore_pipedrive(pipedrive: FakePipedrive, state: Mapping[str, Any], moved: tuple[str, str]) -> None:
    """Replace what Pipedrive has. Raises KeyError or TypeError for what `pipedrive_state` never returned.

    `moved` are the app's origin then and now: on another port, the same app is meant.
    """
    _restore_company(pipedrive.store, state["company"])
    webhooks = [Webhook(**one | {"url": _moved(one["url"], *moved)}) for one in state["webhooks"]]
    removed = [Webhook(**one) for one in state["removed"]]
    pipedrive.subscriptions.replace(webhooks, removed)
    pipedrive.sender.sent.extend(Sent(**one) for one in state["sent"])
    for one in state["unsent"]:
        webhook = pipedrive.subscriptions.all.get(one["webhook"])
        if webhook:
            pipedrive.sender.send_later(webhook, one["body"], attempt=one["attempt"], at=one["at"])
    pipedrive.oauth.restore(state["oauth"])


def _company(store: CrmStore) -> dict[str, Any]:
    with store.lock:
        return {
            "records": {entity: list(found.values()) for entity, found in store.records.items()},
            "deleted": {entity: list(found.values()) for entity, found in store.deleted.items()},
            "custom_fields": {
                entity: [asdict(one) for one in found] for entity, found in store.custom_fields.items()
            },
            "lead_labels": list(store.lead_labels),
            "followers": {key: list(found.items()) for key, found in store.followers.items()},
        }


def _restore_company(store: CrmStore, state: Mapping[str, Any]) -> None:
    custom = {
        entity: [CustomField(**one | {"options": tuple((n, t) for n, t in one["options"])}) for one in found]
        for entity, found in state["custom_fields"].items()
    }
    followers = {key: dict(found) for key, found in state.get("followers", {}).items()}
    store.replace(state["records"], state["deleted"], custom, state["lead_labels"], followers)


def _moved(url: str, then: str, now: str) -> str:
    return now + url.removeprefix(then) if url.startswith(f"{then}/") else url
