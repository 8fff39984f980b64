"""Leads: what we add to what Pipedrive holds of them, history, score, and the forms that make some."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.clock import now
from models.tables.base import Base, Json, Leased, TenantOwned, to_one
from models.tables.types.encrypted import SEARCH, EncryptedJson, EncryptedText


class LeadStatus(StrEnum):
    """The values of `leads.status`, in their order: a lead only ever goes forward, until it is lost."""

    NEW = "new"
    CONTACTED = "contacted"
    QUALIFIED = "qualified"
    CONVERTED = "converted"  # to a deal
    LOST = "lost"  # archived or deleted in Pipedrive without becoming a deal


class LeadEvent(StrEnum):
    """The values of `lead_history.what`: what happened to a lead."""

    CREATED = "created"
    CLAIMED = "claimed"
    ASSIGNED = "assigned"
    OWNER_CHANGED = "owner_changed"  # in Pipedrive, by nobody of us
    CONTACTED = "contacted"
    QUALIFIED = "qualified"
    NOTE = "note"
    FOLLOW_UP = "follow_up"
    SNOOZED = "snoozed"
    RETURNED = "returned"  # its snooze is over
    CONVERTED = "converted"
    LOST = "lost"
    REOPENED = "reopened"
    EDITED = "edited"
    BAND_CHANGED = "band_changed"
    ROUTED = "routed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ESCALATED = "escalated"


# Both databases use a partial index only for the words that it was made with: SQLAlchemy would write another
# `is_open` for each of them, and the other values as parameters.
IS_LOST: Final = text(
    "leads.entity = 'lead' AND NOT leads.is_open AND leads.status = 'lost' AND leads.deal_id IS NULL"
)
_IS_LOST_AND_DUE: Final = text(
    "look_at IS NOT NULL AND entity = 'lead' AND NOT is_open AND status = 'lost' AND deal_id IS NULL"
)


class Lead(TenantOwned, Base):
    """One lead, beside the state of Pipedrive that `tracked_objects` holds of it.

    `entity` is `lead`, or `deal` for one of a pipeline that the team chose: `pipeline_id` is then the chosen
    one where it is or was last. `is_open`, `owner_id`, `added_at` and `changed_at` are from that state, and
    stored with it. `status` is worked out from what was written to Pipedrive. `snoozed_until`: not now, for
    `snooze_reason`. `deal_id` is the deal that it became.
    `contacted_at` is when somebody of the team first contacted it. `score` and `band` are those of its last
    row in `lead_scores`; at `look_at` it is scored again, None where nothing can change. `failed_looks`: how
    often in a row that failed.
    """

    __tablename__ = "leads"
    __own_key__ = ("entity", "object_id")
    __table_args__ = (
        Index("ix_leads_status", "tenant_id", "status", "added_at"),
        Index("ix_leads_owner", "tenant_id", "owner_id", "added_at"),
        Index("ix_leads_added", "tenant_id", "added_at"),
        Index("ix_leads_score", "tenant_id", "is_open", "score"),
        Index("ix_leads_deal", "tenant_id", "deal_id"),
        Index(
            "ix_leads_look",
            "look_at",
            sqlite_where=text("look_at IS NOT NULL"),
            postgresql_where=text("look_at IS NOT NULL"),
        ),
        Index("ix_leads_lost", "look_at", sqlite_where=_IS_LOST_AND_DUE, postgresql_where=_IS_LOST_AND_DUE),
    )

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    entity: Mapped[str] = mapped_column(String(20), primary_key=True)
    object_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    is_open: Mapped[bool] = mapped_column(default=True, server_default="1")
    owner_id: Mapped[str | None] = mapped_column(String(64))
    known_owner_id: Mapped[str | None] = mapped_column(String(64))
    added_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    status: Mapped[str] = mapped_column(
        String(12), default=LeadStatus.NEW, server_default=LeadStatus.NEW.value
    )
    contacted_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    snooze_reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    deal_id: Mapped[str | None] = mapped_column(String(64))
    pipeline_id: Mapped[str | None] = mapped_column(String(64))
    score: Mapped[int | None]
    band: Mapped[str] = mapped_column(String(8), default="", server_default="")
    scored_at: Mapped[datetime | None]
    look_at: Mapped[datetime | None]
    failed_looks: Mapped[int] = mapped_column(default=0, server_default="0")


class LeadHistory(TenantOwned, Base):
    """One line of what happened to a lead: what, when, by whom, with `details`.

    `key` makes the line unique for its lead, so that a repeat writes no second one. `user_id` is None for
    what nobody of the team did.
    """

    __tablename__ = "lead_history"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "entity", "object_id", "key"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        Index("ix_lead_history_lead", "tenant_id", "entity", "object_id", "id"),
        Index("ix_lead_history_user", "tenant_id", "user_id"),
        Index("ix_lead_history_at", "tenant_id", "at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(default=now)
    what: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(EncryptedJson, default=dict)


class LeadScore(TenantOwned, Base):
    """One change of a lead's score: what it became, by which reasons, under which weights.

    `reasons` are `[{"part": ..., "about": ..., "points": ...}]`; `score` is their sum, between 0 and 100.
    `weights_version` is that of `LeadSettings`.
    """

    __tablename__ = "lead_scores"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        Index("ix_lead_scores_lead", "tenant_id", "entity", "object_id", "id"),
        Index("ix_lead_scores_at", "tenant_id", "at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entity: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(default=now)
    score: Mapped[int]
    band: Mapped[str] = mapped_column(String(8))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    weights_version: Mapped[int] = mapped_column(default=0, server_default="0")


class LeadSettings(TenantOwned, Base):
    """How a tenant scores its leads.

    `weights` are the points of each part (`models.leads.weights`), empty for the usual ones; `version` grows
    with each change of them. While all leads are scored again, those up to the id `rescored_to` are done:
    `rescore_done` of `rescore_total`; None when none is under way. After another choice of pipelines the
    known deals are gone through in the same way (`adopted_to`), and once more from `adopt_again_at` on, for
    those that were written meanwhile by processes that did not know of the choice.
    """

    __tablename__ = "lead_settings"
    __own_key__ = ()

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    weights: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    rescored_to: Mapped[str | None] = mapped_column(String(90))
    rescore_total: Mapped[int] = mapped_column(default=0, server_default="0")
    rescore_done: Mapped[int] = mapped_column(default=0, server_default="0")
    adopted_to: Mapped[str | None] = mapped_column(String(90))
    adopt_total: Mapped[int] = mapped_column(default=0, server_default="0")
    adopt_done: Mapped[int] = mapped_column(default=0, server_default="0")
    adopt_again_at: Mapped[datetime | None]


class LeadPipeline(TenantOwned, Base):
    """A pipeline whose deals are leads of the team; `chosen_by` is the e-mail of whoever said so."""

    __tablename__ = "lead_pipelines"
    __own_key__ = ("pipeline_id",)

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    pipeline_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    chosen_by: Mapped[str] = mapped_column(String(320), default="", server_default="")
    chosen_at: Mapped[datetime] = mapped_column(default=now)


class SubmissionState(StrEnum):
    """The values of `intake_submissions.state`."""

    PENDING = "pending"
    WRITING = "writing"
    DONE = "done"
    DEAD = "dead"  # given up; admins were notified, and an admin can try it again


OPEN_SUBMISSIONS: Final = (SubmissionState.PENDING, SubmissionState.WRITING)


class IntakeForm(TenantOwned, Base):
    """One form, found by the SHA-256 of the token in its address, which nobody can read again.

    `origins` are the sites whose pages may send it from a browser (`https://acme.example`). `consent` is what
    whoever fills it in agrees to, empty where nobody is asked. `last_four` are the last characters of the
    token, so that people recognise it. Nothing is taken after `revoked_at`.
    """

    __tablename__ = "intake_forms"
    __table_args__ = (UniqueConstraint("tenant_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    last_four: Mapped[str] = mapped_column(String(4))
    origins: Mapped[list[str]] = mapped_column(Json)
    consent: Mapped[str] = mapped_column(Text, default="", server_default="")
    made_by: Mapped[str] = mapped_column(String(320), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]


class IntakeSubmission(Leased, TenantOwned, Base):
    """What somebody entered in a form, and how far it is in Pipedrive.

    `key` is the same for every repeat of one request. An encrypted e-mail is found by its `email_key`.
    `consent` is the wording that was agreed to at `created_at`. The ids are of what was made or found in
    Pipedrive, each stored as soon as it is known. `joined_id` is the earlier submission of the same e-mail
    whose lead gets this one's message as a note. `problem` says why it is not done.
    """

    __tablename__ = "intake_submissions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "key"),
        ForeignKeyConstraint(
            ["tenant_id", "form_id"], ["intake_forms.tenant_id", "intake_forms.id"], ondelete="CASCADE"
        ),
        Index("ix_intake_submissions_form", "tenant_id", "form_id", "id"),
        Index("ix_intake_submissions_email", "tenant_id", "email", "id"),
        Index("ix_intake_submissions_email_key", "tenant_id", "email_key", "id"),
        Index("ix_intake_submissions_created", "created_at"),
        Index(
            "ix_intake_submissions_due",
            "next_attempt_at",
            sqlite_where=text("state IN ('pending', 'writing')"),
            postgresql_where=text("state IN ('pending', 'writing')"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(EncryptedText, default="", server_default="")
    email: Mapped[str] = mapped_column(
        EncryptedText, default="", server_default="", info={SEARCH: "email_key"}
    )
    email_key: Mapped[str] = mapped_column(String(64), default="", server_default="")
    phone: Mapped[str] = mapped_column(EncryptedText, default="", server_default="")
    organization: Mapped[str] = mapped_column(String(255), default="", server_default="")
    title: Mapped[str] = mapped_column(EncryptedText)
    message: Mapped[str] = mapped_column(EncryptedText, default="", server_default="")
    consent: Mapped[str] = mapped_column(Text, default="", server_default="")
    joined_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(
        String(12), default=SubmissionState.PENDING, server_default=SubmissionState.PENDING
    )
    organization_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    person_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    lead_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    note_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    problem: Mapped[str] = mapped_column(EncryptedText, default="", server_default="")
    next_attempt_at: Mapped[datetime] = mapped_column(default=now)
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]

    form: Mapped[IntakeForm] = to_one()
