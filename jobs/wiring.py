"""Wires the parts of the engine together: one Engine for each process, made from its settings."""

from __future__ import annotations

from functools import cache

from jobs.best_effort.thread_lines import ThreadLineWriter
from jobs.card_actions.update_copies import CopyUpdater
from jobs.card_actions.write import CardActionWriter
from jobs.channels import ChatClients
from jobs.deliveries.deliver import Deliver
from jobs.deliveries.prepare import Preparation
from jobs.deliveries.recent_changes import RecentChanges
from jobs.drain_step import DrainStep
from jobs.events.fan_out import FanOut
from jobs.imports.write import ImportWriter
from jobs.intake.write import IntakeWriter
from jobs.leads.find_deals import DealFinder
from jobs.names.cache import NameCache
from jobs.names.lookup import NameLookup
from jobs.process.embedded_redis import redis_url
from jobs.queue import connect
from jobs.recipients.followers import Followers
from jobs.to_chat.api import ChatApi
from jobs.to_pipedrive.client import Pipedrive
from models.database.engine import Database
from models.error_reports import error_reporter
from models.interpreter import set_up_to_serve
from models.logs import set_up
from models.maintenance.prepare import prepare
from models.operating.carried import carry_settings
from models.rules.rulesets import Rulesets
from models.security.audit import Auditor
from models.security.vault import Vault
from models.settings import Settings, from_env


class Engine:
    """All that a process needs to turn events into messages and send them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database_url, Auditor(settings.secret_key))
        carry_settings(self.database, settings)
        self.vault = Vault(settings.encryption_keys)
        self.pipedrive = Pipedrive(self.database, self.vault, settings)
        self.names = names = NameCache(self.database, NameLookup(self.database, self.pipedrive))
        self.followers = Followers(self.pipedrive)
        self.rulesets = rulesets = Rulesets(settings.rules_fresh_s)
        recent = RecentChanges()
        self.fan_out = FanOut(self.database, names, rulesets, recent)
        chat = ChatApi(settings)
        clients = ChatClients.of(settings, chat)
        drawing = Preparation(self.database, names, rulesets, recent)
        self.deliver = Deliver(settings, self.database, self.vault, drawing, clients)
        self.step = DrainStep(self.database, self.fan_out, self.deliver)
        self.card_actions = CardActionWriter(self.database, self.pipedrive)
        self.intake = IntakeWriter(self.database, self.pipedrive)
        self.imports = ImportWriter(self.database, self.pipedrive)
        self.lead_deals = DealFinder(self.database, self.pipedrive)
        preparation = Preparation(self.database, names, rulesets)
        self.card_copies = CopyUpdater(settings, self.database, preparation, chat)
        self.thread_lines = ThreadLineWriter(settings, self.database, self.vault, preparation, clients)
        self.redis = connect(redis_url(settings))

    def close(self) -> None:
        """End the connections to Chat and to the database."""
        self.deliver.sender.loop.close()
        self.database.close()


@cache
def the_engine() -> Engine:
    """Return this process's engine: RQ calls a job by its name alone, also in an ordinary `rq worker`.

    Migrates the database where that is safe. Raises InvalidSettings where it is not, or where its secrets
    need other keys.
    """
    settings = from_env()
    set_up(settings.log_level, error_reporter(settings.sentry_dsn), service="worker")
    engine = Engine(settings)
    prepare(engine.database, settings)
    set_up_to_serve()
    return engine
