"""The types of the fields of a rules file: what fits, and the message for what does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from difflib import get_close_matches
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, InstanceOf

from models.accounts.features import Feature
from models.destinations.outside import valid_email, valid_secret, valid_url
from models.destinations.quiet_hours import DAYS, SCOPES, is_timezone
from models.destinations.recipients import mention_named
from models.destinations.webhook_url import lane_of
from models.errors import InvalidRequest
from models.languages.catalog import LANGUAGES, known_locale
from models.pipedrive.names import Json
from models.rules.drafts import LOOKS
from models.rules_file.yaml_source import KEPT, Kept
from models.tables.accounts import ROLES
from models.tables.rules import Thread, UpdateMode

PRIORITY_MOST: Final = 1000  # a rule's priority lies between its negative and itself
_UNSTORABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_EMAIL: Final = re.compile(r"[^\s@<>/\"]{1,64}@[^\s@<>/\"]{1,250}")
_SPACE: Final = re.compile(r"spaces/[A-Za-z0-9_-]{1,240}")
_HOST: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_ORIGIN: Final = re.compile(r"(https?://)?[A-Za-z0-9.-]{1,240}(:\d{1,5})?/?")
_KEY: Final = re.compile(r"[A-Za-z0-9._~-]{1,128}")
_TIME: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_END: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
_KINDS: Final = {
    str: "text",
    dict: "a mapping",
    list: "a list",
    bool: "true or false",
    type(None): "nothing",
    Kept: "!kept",
}
Check = Callable[[str], Iterable[str]]  # a text -> a message for each problem


class InvalidValue(ValueError):
    """Raised when a value does not fit its field; `messages` has one text for each problem."""

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


def kind(value: Json) -> str:
    """Return what a value is, as a message names it: `text`, `a list`, `nothing`."""
    return _KINDS.get(type(value), "a number")


def not_text(value: Json) -> str:
    return f"must be text, not {kind(value)}"


def did_you_mean(text: str, known: Collection[str]) -> str:
    """Return `, did you mean 'x'?` for the known name that is nearest, "" when none is near."""
    near = get_close_matches(text[:80], known, n=1, cutoff=0.6)
    return f", did you mean {str(near[0])!r}?" if near else ""


def checked(*checks: Check) -> Callable[[str], str]:
    """Return a validator that makes all checks of a text and trims it. It raises InvalidValue."""

    def validate(value: str) -> str:
        if messages := [message for check in checks for message in check(value)]:
            raise InvalidValue(*messages)
        return value.strip()

    return validate


def size(least: int = 1, most: int = 255) -> Check:
    def check(value: str) -> Iterable[str]:
        if _UNSTORABLE.search(value) or not least <= len(value.strip()) <= most:
            yield f"must have {least} to {most:,} plain characters"

    return check


def _looks_like(form: re.Pattern[str], example: str) -> Check:
    def check(value: str) -> Iterable[str]:
        if value.strip() and not form.fullmatch(value.strip()):
            yield f"must look like {example}"

    return check


def _one_of(known: Collection[str]) -> Check:
    def check(value: str) -> Iterable[str]:
        text = value.strip()
        if text and text not in known:
            yield f"must be one of {', '.join(known)}, not {text[:80]!r}{did_you_mean(text, known)}"

    return check


def _mention(value: str) -> str:
    found = mention_named(check_text(value, size()))
    if not found:
        known = "none, owner, former owner, owner's manager or person in <field>"
        raise ValueError(f"must be {known}, not {value[:80]!r}")
    return found


def _check_destination_name(value: str) -> Iterable[str]:
    if _SPACE.fullmatch(value.strip()) or _EMAIL.fullmatch(value.strip()):
        yield "must not look like a space or an e-mail"


def _check_template_name(value: str) -> Iterable[str]:
    if value.strip() in LOOKS:
        yield f"must not be one of {', '.join(LOOKS)}"


def _check_webhook_user(value: str) -> Iterable[str]:
    if ":" in value:
        yield "must have no colon: HTTP Basic ends the name there"


def _check_with(valid: Callable[[str], str]) -> Check:
    """Return the check that a function makes which raises InvalidRequest."""

    def check(value: str) -> Iterable[str]:
        try:
            if value.strip():
                valid(value.strip())
        except InvalidRequest as error:
            yield error.user_message

    return check


def _check_language(value: str) -> Iterable[str]:
    if not known_locale(value.strip()):
        yield f"unknown language {value.strip()!r}, there are {', '.join(LANGUAGES)}"


def _check_timezone(value: str) -> Iterable[str]:
    if value.strip() and not is_timezone(value.strip()):
        yield f"unknown timezone {value.strip()!r}, it looks like Europe/Prague"


def check_text(value: Json, *checks: Check) -> str:
    """Make all checks of a value that should be text, and trim it. Raises InvalidValue."""
    if not isinstance(value, str):
        raise InvalidValue(not_text(value))
    return checked(*checks)(value)


def _secret(*checks: Check) -> BeforeValidator:
    def validate(value: Json) -> str | Kept:
        return KEPT if value is KEPT else check_text(value, *checks)

    return BeforeValidator(validate)


def _as_list(value: Json) -> Json:
    """Take one text for a list of it."""
    return [value] if isinstance(value, str) else _require_list(value)


def _require_list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise InvalidValue("must be a list of texts")
    return value


def _check_day(day: str) -> str:
    if day not in DAYS:
        raise InvalidValue(f"must be one of {', '.join(DAYS)}, not {day[:40]!r}")
    return day


def _in_week_order(days: tuple[str, ...]) -> tuple[str, ...]:
    if not days:
        raise InvalidValue("must name at least one day")
    return tuple(day for day in DAYS if day in days)


def _validate_liquid(value: Json) -> str:
    if not isinstance(value, str):
        raise InvalidValue("must be the Liquid source as text")
    return value


def _require_template(value: Json) -> Json:
    if not isinstance(value, str | dict):
        raise InvalidValue("must be compact, detailed, a template's name or {liquid: source}")
    return value


def _validate_limit(value: Json) -> int | None:
    if value is None or (type(value) is int and 0 <= value < 2**53):
        return value
    raise InvalidValue("must be a whole number from 0, or null for no limit")


def _validate_priority(value: Json) -> int:
    if type(value) is int and abs(value) <= PRIORITY_MOST:
        return value
    raise InvalidValue(f"must be a whole number from -{PRIORITY_MOST} to {PRIORITY_MOST}")


def _validate_features(value: Json) -> dict[str, bool]:
    if not isinstance(value, dict):
        raise InvalidValue("must be a mapping of features to true or false")
    if strange := [str(name)[:40] for name in value if name not in tuple(Feature)]:
        raise InvalidValue(f"unknown feature {strange[0]!r}; there are {', '.join(Feature)}")
    if wrong := [name for name, is_on in value.items() if not isinstance(is_on, bool)]:
        raise InvalidValue(f"{wrong[0]} must be true or false")
    return {str(name): bool(is_on) for name, is_on in sorted(value.items())}


def _require_section(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise InvalidValue("must be a list ([] for none)")
    return value


Name = Annotated[str, AfterValidator(checked(size()))]
PlanName = Annotated[str, AfterValidator(checked(size(most=40)))]
Title = Annotated[str, AfterValidator(checked(size(least=0)))]
Description = Annotated[str, AfterValidator(checked(size(least=0, most=1000)))]
Limit = Annotated[int | None, BeforeValidator(_validate_limit)]
Priority = Annotated[int, BeforeValidator(_validate_priority), Field(ge=-PRIORITY_MOST, le=PRIORITY_MOST)]
Features = Annotated[dict[str, bool], BeforeValidator(_validate_features)]
CompanyId = Annotated[
    str,
    AfterValidator(checked(size(most=64))),
    BeforeValidator(lambda value: str(value) if type(value) is int else value),
]
Host = Annotated[str, AfterValidator(checked(size(most=2000), _looks_like(_HOST, "acme.pipedrive.com")))]
Origin = Annotated[
    str, AfterValidator(checked(size(most=2000), _looks_like(_ORIGIN, "https://acme.pipedrive.com")))
]
WebhookKey = Annotated[
    str,
    AfterValidator(checked(size(most=2000), _looks_like(_KEY, "letters, digits and - . _ ~, up to 128"))),
]
WebhookUser = Annotated[str, AfterValidator(checked(size(), _check_webhook_user))]
Password = Annotated[str | InstanceOf[Kept], _secret(size(most=255))]
RefreshToken = Annotated[str | InstanceOf[Kept], _secret(size(most=2000))]
IncomingWebhook = Annotated[str | InstanceOf[Kept], _secret(size(most=2000), _check_with(lane_of))]
MailAddress = Annotated[
    str, AfterValidator(str.lower), AfterValidator(checked(size(most=2000), _check_with(valid_email)))
]
WebhookUrl = Annotated[str | InstanceOf[Kept], _secret(size(most=2000), _check_with(valid_url))]
SigningSecret = Annotated[str | InstanceOf[Kept], _secret(size(most=200), _check_with(valid_secret))]
Email = Annotated[
    str,
    AfterValidator(str.lower),
    AfterValidator(checked(size(most=2000), _looks_like(_EMAIL, "ada@example.com"))),
]
UserName = Annotated[str, BeforeValidator(lambda value: "" if value is None else check_text(value, size()))]
UserOfWindow = Annotated[str, AfterValidator(str.lower), AfterValidator(checked(size()))]
ThreadName = Annotated[str, AfterValidator(checked(size(), _one_of(tuple(Thread))))]
UpdateName = Annotated[str, AfterValidator(checked(size(), _one_of(tuple(UpdateMode))))]
MentionName = Annotated[str, AfterValidator(_mention)]
RoleName = Annotated[str, AfterValidator(checked(size(), _one_of(ROLES)))]
SpaceName = Annotated[str, AfterValidator(checked(size(most=2000), _looks_like(_SPACE, "spaces/AAAA")))]
DestinationName = Annotated[str, AfterValidator(checked(size(), _check_destination_name))]
TemplateName = Annotated[str, AfterValidator(checked(size(), _check_template_name))]
Liquid = Annotated[str, BeforeValidator(_validate_liquid)]
Texts = Annotated[list[str], BeforeValidator(_as_list)]
RuleTemplate = Annotated[str | dict[str, Any], BeforeValidator(_require_template)]
Scope = Annotated[str, AfterValidator(checked(size(), _one_of(SCOPES)))]
Time = Annotated[str, AfterValidator(checked(size(most=2000), _looks_like(_TIME, "19:00")))]
EndTime = Annotated[str, AfterValidator(checked(size(most=2000), _looks_like(_END, "19:00 or 24:00")))]
Days = Annotated[
    tuple[Annotated[str, AfterValidator(_check_day)], ...],
    AfterValidator(_in_week_order),
    BeforeValidator(lambda value: tuple(_require_list(value))),
]
Timezone = Annotated[str, AfterValidator(checked(size(most=64), _check_timezone))]
Language = Annotated[str, AfterValidator(checked(size(most=35), _check_language))]
RequireSection = BeforeValidator(_require_section)
