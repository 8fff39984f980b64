"""Where the parts of the engine meet: one carrier for each process, made from its settings."""

from __future__ import annotations

from functools import cache

from jobs.channels import Wires
from jobs.deliveries.deliver import Deliver
from jobs.deliveries.fan_out import FanOut
from jobs.names.cache import NamesAtHand
from jobs.names.lookup import LookUp
from jobs.process.embedded_redis import EmbeddedRedis
from jobs.queue import connect
from jobs.to_chat.api import ChatApi
from jobs.to_chat.incoming_webhook import ChatWebhook
from jobs.to_pipedrive.client import Pipedrive
from models.database.engine import Database
from models.logs import set_up
from models.rules.ruleset import RuleBooks
from models.security.vault import Vault
from models.settings import Settings, from_env


class Carrier:
    """All that a process needs to carry events to their destinations."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database_url)
        self.vault = Vault(settings.encryption_keys)
        self.pipedrive = Pipedrive(self.database, self.vault, settings)
        names = NamesAtHand(self.database, LookUp(self.database, self.pipedrive))
        books = RuleBooks()
        self.fan_out = FanOut(self.database, names, books)
        wires = Wires(ChatApi(settings), ChatWebhook(settings))
        self.deliver = Deliver(settings, self.database, self.vault, names, books, wires)
        self.redis = connect(redis_url(settings))


def redis_url(settings: Settings) -> str:
    """Return the Redis that was named, or the embedded one's address."""
    return settings.redis_url or EmbeddedRedis(settings.pipenotify_data).url


@cache
def the_carrier() -> Carrier:
    """Return this process's carrier: RQ calls a job by its name alone, also in an ordinary `rq worker`."""
    settings = from_env()
    set_up(settings.log_level)
    return Carrier(settings)
