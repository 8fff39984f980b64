"""Writes the differences of a comparison: first the removals of every tenant, then all other changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database.ruleset_version import ruleset_changed
from models.destinations.linking import (
    add_incoming_webhook,
    link_space,
    remove_destination,
    set_webhook_address,
    unlink_space,
)
from models.destinations.outside import (
    OutgoingWebhook,
    add_email_address,
    add_url,
    set_email,
    set_url,
)
from models.destinations.quiet_hours import end_stored
from models.maintenance.remove_user import forget_user
from models.rules.drafts import RuleDraft, Surroundings
from models.rules.save import remove_rules, write_destinations, write_rule
from models.rules_file.diff import Comparison, Delta
from models.rules_file.schema import (
    ConnectionSchema,
    DestinationSchema,
    PipedriveSchema,
    QuietHoursSchema,
    SpaceSchema,
    WebhookSchema,
)
from models.rules_file.yaml_source import Kept
from models.security.vault import Vault, associated_data
from models.tables.accounts import Tenant, User
from models.tables.connections import Connection, ConnectionState, WebhookCredential
from models.tables.destinations import Destination, QuietHours, Space
from models.tables.rules import Rule, Template

MADE_BY: Final = "load"
NEW_PLAN: Final = "starter"


@dataclass(slots=True)
class Writer:
    """Writes one comparison in a session of its tenant or over all; the caller commits.

    `made_by` becomes the author of new rules.
    """

    session: Session
    vault: Vault
    found: Comparison
    made_by: str = MADE_BY

    def remove(self) -> None:
        """Create the tenant if it is new, then remove what its document does not name."""
        tenant = self._tenant()
        found, stored = self.found, self.found.stored
        if found.rules:
            removed = [stored.rules[rule.name].row for rule in found.rules.removed]
            remove_rules(self.session, tenant.id, removed)
        for window in [*self._changed_windows(), *(found.quiet_hours.removed if found.quiet_hours else ())]:
            self.session.delete(next(each.row for each in stored.quiet_hours if each.item == window))
        for each in found.destinations.removed if found.destinations else ():
            remove_destination(self.session, tenant.id, stored.destinations[each.name].row)
        for user in found.users.removed if found.users else ():
            forget_user(self.session, stored.users[user.email].row)
        self.session.flush()
        for space in found.spaces.removed if found.spaces else ():
            unlink_space(self.session, tenant.id, stored.spaces[space.name].row)

    def write(self) -> None:
        """Write what is new and what changed; last, delete the templates that no rule uses any more."""
        tenant = self._tenant()
        if self.found.timezone:
            tenant.timezone = self.found.timezone[1]
            ruleset_changed(self.session, [tenant.id])
        if self.found.language:
            tenant.language = self.found.language[1]
            ruleset_changed(self.session, [tenant.id])
        if self.found.plan:
            plan = self.found.plan[1]
            tenant.plan, tenant.monthly_limit = plan.name, plan.monthly_limit
            tenant.features = plan.features or None
        if self.found.pipedrive:
            self._write_pipedrive(tenant.id, *self.found.pipedrive)
        self._write_users(tenant.id)
        self._write_destinations(tenant.id)
        self._write_templates(tenant.id)
        self.session.flush()
        self._write_rules(tenant.id)
        self._write_quiet_hours(tenant.id)
        for template in self.found.templates.removed if self.found.templates else ():
            self.session.delete(self.found.stored.templates[template.name].row)
        self.session.flush()

    def _tenant(self) -> Tenant:
        stored = self.found.stored
        if stored.tenant is None:
            stored.tenant = Tenant(name=self.found.document.tenant, plan=NEW_PLAN, monthly_limit=None)
            self.session.add(stored.tenant)
            self.session.flush()
        return stored.tenant

    def _write_users(self, tenant_id: int) -> None:
        delta = self.found.users
        for user in delta.added if delta else ():
            row = User(tenant_id=tenant_id, email=user.email, role=user.role, display_name=user.name)
            self.session.add(row)
        for _, user in delta.changed if delta else ():
            row = self.found.stored.users[user.email].row
            row.role, row.display_name = user.role, user.name

    def _write_destinations(self, tenant_id: int) -> None:
        spaces, destinations = self.found.spaces, self.found.destinations
        added: Iterable[SpaceSchema] = spaces.added if spaces else ()
        for space in added:
            link_space(self.session, tenant_id, space.name, space.title)
        for _, space in spaces.changed if spaces else ():
            self.found.stored.spaces[space.name].row.title = space.title
        for each in destinations.added if destinations else ():
            self._add_destination(tenant_id, each)
        for old, each in destinations.changed if destinations else ():
            self._change_destination(old, each)
        self.session.flush()
        self._write_fallbacks(tenant_id)

    def _write_fallbacks(self, tenant_id: int) -> None:
        deltas: list[Delta[Any]] = [each for each in (self.found.spaces, self.found.destinations) if each]
        wanted = {each.name: each.fallback for delta in deltas for each in delta.added}
        wanted |= {each.name: each.fallback for delta in deltas for _, each in delta.changed}
        if wanted:
            named = select(Destination).where(Destination.tenant_id == tenant_id)
            rows = {row.name: row for row in self.session.scalars(named)}
            for name, fallback in wanted.items():
                rows[name].fallback_id = rows[fallback].id if fallback else None

    def _add_destination(self, tenant_id: int, each: DestinationSchema) -> None:
        session, vault, rest = self.session, self.vault, {"description": each.description}
        if each.email is not None:
            row = add_email_address(session, tenant_id, each.name, each.email, **rest)
        elif each.webhook is not None and each.secret is not None:
            webhook = OutgoingWebhook(_plain(each.webhook), _plain(each.secret))
            row = add_url(session, vault, tenant_id, each.name, webhook, **rest)
        else:
            url = _plain(each.incoming_webhook)
            row = add_incoming_webhook(session, vault, tenant_id, each.name, url, **rest)
        row.is_active = each.enabled

    def _change_destination(self, old: DestinationSchema, each: DestinationSchema) -> None:
        row = self.found.stored.destinations[each.name].row
        row.description, row.is_active = each.description, each.enabled
        if each.email is not None and each.email != old.email:
            set_email(row, each.email)
        if each.webhook is not None and each.secret is not None:
            if (each.webhook, each.secret) != (old.webhook, old.secret):
                set_url(self.vault, row, _plain(each.webhook), _plain(each.secret))
        elif each.incoming_webhook is not None and each.incoming_webhook != old.incoming_webhook:
            set_webhook_address(self.session, self.vault, row, _plain(each.incoming_webhook))

    def _write_templates(self, tenant_id: int) -> None:
        delta = self.found.templates
        for each in delta.added if delta else ():
            self.session.add(Template(tenant_id=tenant_id, name=each.name, source=each.liquid))
        for _, each in delta.changed if delta else ():
            self.found.stored.templates[each.name].row.source = each.liquid

    def _write_rules(self, tenant_id: int) -> None:
        delta, stored = self.found.rules, self.found.stored.rules
        if delta is None or not (delta.added or delta.changed):
            return
        around = Surroundings.read(self.session, tenant_id)
        for _, draft in delta.changed:
            # The removal of its last destination has switched a rule off behind the object's back.
            self.session.expire(stored[draft.name].row, ["is_enabled", "version"])
        drafts: list[tuple[Rule | None, RuleDraft]] = [(None, draft) for draft in delta.added]
        drafts += [(stored[draft.name].row, draft) for _, draft in delta.changed]
        written = [
            (write_rule(self.session, tenant_id, draft, around, rule=rule, made_by=self.made_by), draft)
            for rule, draft in drafts
        ]
        self.session.flush()
        write_destinations(self.session, tenant_id, written, around)

    def _changed_windows(self) -> list[QuietHoursSchema]:
        return [old for old, _ in self.found.quiet_hours.changed] if self.found.quiet_hours else []

    def _write_quiet_hours(self, tenant_id: int) -> None:
        delta = self.found.quiet_hours
        if delta is None or not (delta.added or delta.changed):
            return
        by_name = select(Space.name, Space.id).where(Space.tenant_id == tenant_id)
        spaces = dict(self.session.execute(by_name).all())
        by_email = select(User.email, User.id).where(User.tenant_id == tenant_id)
        users = dict(self.session.execute(by_email).all())
        for window in [*delta.added, *(new for _, new in delta.changed)]:
            row = QuietHours(
                tenant_id=tenant_id,
                scope=window.scope,
                space_id=spaces[window.owner] if window.scope == "space" else None,
                user_id=users[window.owner] if window.scope == "user" else None,
                starts=window.starts,
                ends=end_stored(window.ends),
                days=list(window.days),
                timezone=window.timezone,
                lets_urgent_through=window.let_urgent_through,
                is_enabled=window.enabled,
            )
            self.session.add(row)

    def _write_pipedrive(self, tenant_id: int, old: PipedriveSchema, new: PipedriveSchema) -> None:
        if new.webhook and new.webhook != old.webhook:
            self._write_credential(tenant_id, new.webhook)
        if new.company_id is None:
            return
        row = self.found.stored.connection or Connection(tenant_id=tenant_id, company_id=new.company_id)
        self.session.add(row)
        row.company_id, row.domain = new.company_id, new.domain
        if new.connection:
            self._write_connection(tenant_id, row, old.connection, new.connection)

    def _write_credential(self, tenant_id: int, webhook: WebhookSchema) -> None:
        for row in self.found.stored.credentials:
            self.session.delete(row)
        where = associated_data(tenant_id, "webhook_credentials", "password", webhook.key)
        closed = self.vault.close(_plain(webhook.password), where)
        self.session.add(
            WebhookCredential(tenant_id=tenant_id, key=webhook.key, user_name=webhook.user, password=closed)
        )

    def _write_connection(
        self, tenant_id: int, row: Connection, old: ConnectionSchema | None, new: ConnectionSchema
    ) -> None:
        row.api_domain = new.api_domain
        if old is None or new.refresh_token != old.refresh_token:
            where = associated_data(tenant_id, "connections", "refresh_token", tenant_id)
            row.refresh_token = self.vault.close(_plain(new.refresh_token), where)
            row.access_token, row.expires_at, row.state = None, None, ConnectionState.CONNECTED


def _plain(secret: str | Kept | None) -> str:
    """Return a secret that the checks have found to be given or stored."""
    if not isinstance(secret, str):
        raise TypeError("a secret that is neither given nor stored")
    return secret
