"""The sections of a rules file: their keys, defaults and checks."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from models.destinations.quiet_hours import DAYS, SCOPES, end_in_file, end_stored
from models.pipedrive.names import Json
from models.rules.drafts import RuleDraft
from models.rules_file import field_types as types
from models.rules_file.field_types import InvalidValue
from models.tables.accounts import Role
from models.tables.rules import Mention, Thread, UpdateMode

ADDRESS_KEYS: Final = ("incoming_webhook", "email", "webhook")
SECRET_KEYS: Final = ("incoming_webhook", "webhook", "secret")  # of a destination; a dump keeps them back
ABSENT: Final[Any] = object()  # stands for a key that is not there, where null means something else


class Schema(BaseModel):
    """A mapping of a rules file. An unknown key is refused, and no value is converted to another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)
    always_shown: ClassVar[frozenset[str]] = frozenset()  # keys that a dump shows also where they are default

    @classmethod
    def keys(cls) -> list[str]:
        """Return the keys of the mapping, as the file has them."""
        return [field.alias or name for name, field in cls.model_fields.items()]

    @classmethod
    def mapping_message(cls) -> str:
        return f"must be a mapping with {', '.join(cls.keys())}"

    def to_mapping(self, *, is_short: bool = False) -> dict[str, Any]:
        """Return the mapping, complete as it is compared, or short as it is dumped: without defaults."""
        shown = {}
        for name, field in type(self).model_fields.items():
            value, default = getattr(self, name), field.get_default(call_default_factory=True)
            if is_short and value == default and name not in self.always_shown:
                continue
            is_inner = isinstance(value, Schema)
            shown[field.alias or name] = value.to_mapping(is_short=is_short) if is_inner else value
        return shown


class PlanSchema(Schema):
    """The plan; `features` are those that this tenant has, or has not, whatever its plan says."""

    always_shown = frozenset({"monthly_limit"})

    name: types.PlanName
    monthly_limit: types.Limit = None
    features: types.Features = Field(default_factory=dict)


class WebhookSchema(Schema):
    """What the webhook endpoint expects of Pipedrive."""

    key: types.WebhookKey
    user: types.WebhookUser
    password: types.Password


class ConnectionSchema(Schema):
    refresh_token: types.RefreshToken
    api_domain: types.Origin | None = None


class PipedriveSchema(Schema):
    """What is None is not in the file, and stays as it is."""

    always_shown = frozenset({"company_id"})

    company_id: types.CompanyId | None = None
    domain: types.Host | None = None
    webhook: WebhookSchema | None = None
    connection: ConnectionSchema | None = None

    def to_mapping(self, *, is_short: bool = False) -> dict[str, Any]:
        mapping = super().to_mapping(is_short=is_short)
        return {key: each for key, each in mapping.items() if each or key not in {"webhook", "connection"}}


class UserSchema(Schema):
    """A name that the file does not set stays as it is."""

    always_shown = frozenset({"role"})

    email: types.Email
    role: types.RoleName = Role.SALES_REP
    name: types.UserName = ""


class SpaceSchema(Schema):
    """A title that the file does not set stays as it is."""

    name: types.SpaceName
    title: types.Title = ""
    fallback: types.Name | None = None

    def to_mapping(self, *, is_short: bool = False) -> dict[str, Any]:
        return {key: each for key, each in super().to_mapping(is_short=is_short).items() if each is not None}


class DestinationSchema(Schema):
    """A destination that people name: it goes to one of an incoming webhook, an e-mail, an own webhook."""

    name: types.DestinationName
    incoming_webhook: types.IncomingWebhook | None
    email: types.MailAddress | None = None
    webhook: types.WebhookUrl | None = None
    secret: types.SigningSecret | None = Field(default=ABSENT, validate_default=True)
    description: types.Description = ""
    enabled: bool = True
    fallback: types.Name | None = None

    @property
    def address_key(self) -> str:
        """The key of its address, which says what kind it is."""
        return next((key for key in ADDRESS_KEYS if getattr(self, key) is not None), ADDRESS_KEYS[0])

    @model_validator(mode="before")
    @classmethod
    def _goes_to_one(cls, value: Json) -> Json:
        given = [key for key in ADDRESS_KEYS if key in value] if isinstance(value, dict) else []
        if len(given) > 1:
            raise InvalidValue(f"has {' and '.join(given)}, and goes to one of them only")
        if given and value[given[0]] is None:
            raise InvalidValue(f"{given[0]} {types.not_text(None)}")
        return {**value, "incoming_webhook": None} if given and given != ["incoming_webhook"] else value

    @field_validator("secret", mode="before")
    @classmethod
    def _goes_with_webhook(cls, value: Json, info: ValidationInfo) -> Json:
        has_webhook = info.data.get("webhook") is not None
        if value is ABSENT and has_webhook:
            raise InvalidValue("is missing")
        if value is not ABSENT and not has_webhook and "webhook" in info.data:
            raise InvalidValue("goes with webhook only")
        return None if value is ABSENT else value

    def to_mapping(self, *, is_short: bool = False) -> dict[str, Any]:
        return {key: each for key, each in super().to_mapping(is_short=is_short).items() if each is not None}


class TemplateSchema(Schema):
    """A template. Its source is checked with what is stored: `models.rules_file.check`."""

    name: types.TemplateName
    liquid: types.Liquid = Field(default=ABSENT, validate_default=True)


class RuleSchema(Schema):
    """A rule. What its texts may name is checked with the draft: `models.rules.drafts.check_draft`."""

    always_shown = frozenset({"template"})

    name: types.Name
    on: types.Texts
    when: Json = None
    to: types.Texts
    template: types.RuleTemplate = "compact"
    urgent: bool = False
    enabled: bool = True
    show_restricted: bool = False
    thread: types.ThreadName = Thread.NONE
    update: types.UpdateName = UpdateMode.REPLY
    mention: types.MentionName = Mention.NONE
    priority: types.Priority = 0

    @classmethod
    def from_draft(cls, draft: RuleDraft) -> RuleSchema:
        """Return a stored rule as the file has it; it is not checked again."""
        return cls.model_construct(**{name: getattr(draft, name) for name in cls.model_fields})

    def draft(self) -> RuleDraft:
        return RuleDraft(**{name: getattr(self, name) for name in type(self).model_fields})

    def to_mapping(self, *, is_short: bool = False) -> dict[str, Any]:
        mapping = super().to_mapping(is_short=is_short)
        return mapping | {"on": self.on[0] if len(self.on) == 1 else self.on}


class QuietHoursSchema(Schema):
    """A window. `space` is a space's name and `user` an e-mail, where the scope is one of these."""

    scope: types.Scope
    space: types.Name | None = Field(default=ABSENT, validate_default=True)
    user: types.UserOfWindow | None = Field(default=ABSENT, validate_default=True)
    starts: types.Time = Field(alias="from")
    ends: types.EndTime = Field(alias="until")
    days: types.Days = DAYS
    timezone: types.Timezone
    let_urgent_through: bool = False
    enabled: bool = True

    @property
    def owner(self) -> str:
        """The name of the space, the e-mail of the user, or "" for the whole tenant."""
        return self.space or self.user or ""

    @field_validator("space", "user", mode="before")
    @classmethod
    def _check_owner(cls, value: Json, info: ValidationInfo) -> Json:
        """Require the key that the scope names, and refuse the other."""
        scope = info.data.get("scope")
        is_owner = info.field_name == scope
        if value is ABSENT:
            if is_owner:
                raise InvalidValue("is missing")
            return None
        if scope in SCOPES and not is_owner:
            raise InvalidValue(f"does not go with scope {scope!r}")
        if value is None:
            raise InvalidValue(types.not_text(value))
        return value

    @field_validator("ends")
    @classmethod
    def _differs(cls, value: str, info: ValidationInfo) -> str:
        if value == info.data.get("starts"):
            raise InvalidValue("must differ from `from`; a whole day is from 00:00 until 24:00")
        return end_in_file(info.data.get("starts", ""), end_stored(value))

    def to_mapping(self, *, is_short: bool = False) -> dict[str, Any]:
        return {key: each for key, each in super().to_mapping(is_short=is_short).items() if each is not None}


def _require_mapping(schema: type[Schema]) -> BeforeValidator:
    """Refuse null, which a section that may be absent would take."""

    def validate(value: Json) -> Json:
        if value is None:
            raise InvalidValue(schema.mapping_message())
        return value

    return BeforeValidator(validate)


class DocumentSchema(Schema):
    """A whole document. A section that is None is not in it, and stays as it is."""

    tenant: types.Name
    timezone: types.Timezone | None = None
    language: types.Language | None = None
    plan: Annotated[PlanSchema | None, _require_mapping(PlanSchema)] = None
    pipedrive: Annotated[PipedriveSchema | None, _require_mapping(PipedriveSchema)] = None
    users: Annotated[list[UserSchema] | None, types.RequireSection] = None
    spaces: Annotated[list[SpaceSchema] | None, types.RequireSection] = None
    destinations: Annotated[list[DestinationSchema] | None, types.RequireSection] = None
    templates: Annotated[list[TemplateSchema] | None, types.RequireSection] = None
    rules: Annotated[list[RuleSchema] | None, types.RequireSection] = None
    quiet_hours: Annotated[list[QuietHoursSchema] | None, types.RequireSection] = None


SECTIONS: Final = tuple(DocumentSchema.keys()[1:])
