"""A change of Pipedrive in a few words, for cards, notifications, summaries, templates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.text.entities import another_object, new_object
from bot.text.field_values import custom_name, custom_text, readable_text, shown_custom_text, shown_text
from bot.text.format import clean, cut_letters, listed, wall_time
from models.languages.translate import marked, tr, tr_in, tr_plural
from models.pipedrive.change import Change
from models.pipedrive.declaration import Markup
from models.pipedrive.entity import ENTITIES, Entity, Field
from models.pipedrive.names import Names
from models.pipedrive.readable import is_empty
from models.pipedrive.signal import IDLE_DAYS

_CUSTOM = "custom."
_TITLE_LETTERS = 200
# Changed by Pipedrive itself together with what a person changed.
_NOISE = """
    add_time update_time stage_change_time won_time lost_time close_time first_won_time archive_time
    status_change_time last_login created modified
""".split()  # noqa: SIM905 - a column of quotes would hide the words


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One changed field: its label, its old and its new value, each empty for nothing or an unknown name."""

    key: str
    label: str
    before: str
    after: str
    is_emptied: bool = False

    @property
    def arrow(self) -> str:
        """The change in words; empty if neither value is known."""
        if self.before and self.after:
            return f"{self.before} → {self.after}"
        return tr("{value}, removed", value=self.before) if self.before and self.is_emptied else self.after


def title_of(change: Change, names: Names) -> str:
    """Return the object's title; `Deal 42` if it has none."""
    entity = ENTITIES[change.entity]
    raw = change.state.get(entity.title) or names.text(change.entity, change.object_id)
    is_html = entity.title == "content"  # a note's; in all other titles angle brackets are literal
    text = readable_text(raw, Markup.HTML) if is_html and isinstance(raw, str) else clean(raw)
    return cut_letters(text, _TITLE_LETTERS) or f"{tr(entity.label)} {clean(change.object_id)}"


def who_did(change: Change, names: Names) -> str:
    """Return who made the change, empty if their name is unknown."""
    return clean(names.text("user", change.who_id) or change.who_name)


def value_of(change: Change, names: Names, key: str) -> str:
    """Return the present value of the declared field `key` (`value`, `owner`, `stage`), empty if none.

    It is empty too if people cannot read it: an id, a word of Pipedrive's programs.
    """
    field = ENTITIES[change.entity].fields.get(key)
    return shown_text(field, change.state, names) if field else ""


def touched(change: Change, names: Names) -> list[FieldChange]:
    """Return the changes worth showing: declared fields in their order, then custom ones by label."""
    if change.action != "updated":
        return []
    changes = [
        _field_change(change, field, names)
        for field in _shown_fields(change.entity)
        if field.where in change.touched or field.beside in change.touched
    ]
    custom = sorted(key for key in change.touched if key.startswith(_CUSTOM))
    changes += [_custom_field_change(change, key, names) for key in custom]
    return [one for one in changes if one.before != one.after or not one.before]


def field_change(change: Change, names: Names, key: str) -> FieldChange:
    """Return before and after of the declared field `key`."""
    return _field_change(change, ENTITIES[change.entity].fields[key], names)


def _field_change(change: Change, field: Field, names: Names) -> FieldChange:
    before = shown_text(field, change.before, names, change.after.get("currency"))
    after = shown_text(field, change.after, names)
    return FieldChange(field.key, tr(field.label), before, after, is_empty(change.after.get(field.where)))


def _custom_field_change(change: Change, key: str, names: Names) -> FieldChange:
    name = custom_name(ENTITIES[change.entity], key, names)
    before, after = (
        shown_custom_text(state.get(key), name, names) for state in (change.before, change.after)
    )
    label = clean(name.text) if name else tr("Custom field")
    return FieldChange(key, label, before, after, is_empty(change.after.get(key)))


def custom_fields(entity: Entity, state: Mapping[str, Any], names: Names) -> dict[str, str]:
    """Return the custom fields that have a value, both by name and by hash."""
    fields: dict[str, str] = {}
    for key, raw in state.items():
        if key.startswith(_CUSTOM) and raw is not None:
            name = custom_name(entity, key, names)
            text = custom_text(raw, name, names)
            fields |= {key.removeprefix(_CUSTOM): text} | ({name.text: text} if name else {})
    return fields


def custom_fields_by_name(change: Change, names: Names) -> list[tuple[str, str, str]]:
    """Return key, name and text of the custom fields that have a value and a known name, by name."""
    entity, found = ENTITIES[change.entity], []
    for key, raw in change.state.items():
        if key.startswith(_CUSTOM) and (name := custom_name(entity, key, names)):
            found.append((key, clean(name.text), shown_custom_text(raw, name, names)))
    return sorted((one for one in found if one[2]), key=lambda one: one[1].casefold())


@lru_cache(maxsize=64)
def _shown_fields(entity: str) -> tuple[Field, ...]:
    """Return the fields whose changes cards show, one for each key of a body: the first declared."""
    best: dict[str, Field] = {}
    for field in ENTITIES[entity].declared:
        if not field.is_internal and field.where not in _NOISE:
            best.setdefault(field.where, field)
    return tuple(best.values())


def is_left_without_owner(change: Change) -> bool:
    """Whether the change took the owner of its object away."""
    owner = ENTITIES[change.entity].fields["owner"]
    keys = {owner.where, owner.beside}
    return not keys.isdisjoint(change.touched) and all(is_empty(change.after.get(key)) for key in keys)


def what_happened(change: Change, names: Names) -> str:
    """Return what happened in a few words: `Deal won`, `Deal moved: Qualified → Negotiation`."""
    verbs = {each.partition(".")[2] for each in change.types}
    label = tr(ENTITIES[change.entity].label)
    for verb, tell in _STORIES.items():
        if verb in verbs:
            return tr("{what} {happened}", what=label, happened=tell(change, names))
    return _PLAIN[change.action](label, change, names)


def line(change: Change, names: Names) -> str:
    """Return the change in one line of a summary: `Acme renewal: Deal won, €12,500`."""
    value = value_of(change, names, "value") if change.action != "deleted" else ""
    story = what_happened(change, names)
    worth = f", {value}" if value and value not in story else ""
    return f"{title_of(change, names)}: {story}{worth}{delay_text(change)}"


def delay_text(change: Change) -> str:
    """Return the suffix of a late change: ` (late, from Nov 20, 2026, 2:03 PM UTC)`, else nothing."""
    if not change.is_late:
        return ""
    if change.happened_at is None:
        return f" ({tr('late')})"
    return f" ({tr('late, from {time}', time=wall_time(change.happened_at))})"


def _arrow(key: str, *how: str) -> Callable[[Change, Names], str]:
    def tell(change: Change, names: Names) -> str:
        arrow = field_change(change, names, key).arrow
        return f"{tr_in('story', how[0])}: {arrow}" if arrow else tr_in("story", how[1])

    return tell


def _lost(change: Change, _names: Names) -> str:
    reason = clean(change.state.get("lost_reason"))
    return tr("lost: {reason}", reason=reason) if reason else tr_in("story", "lost")


def _stalled(change: Change) -> str:
    days = change.state.get(IDLE_DAYS)
    return _stands_still(days) if type(days) is int else tr_in("story", "stands still")


def _stands_still(days: int) -> str:
    return tr_plural("stands still for {count} day", "stands still for {count} days", days)


def _merged(change: Change, names: Names) -> str:
    gone = change.merged_from
    return (
        tr("merged with {other}", other=other_name(change, gone, names)) if gone else tr_in("story", "merged")
    )


def other_name(change: Change, object_id: str, names: Names) -> str:
    """Return the name of another object of the same kind: `another deal` if it is unknown."""
    return clean(names.text(change.entity, object_id)) or another_object(change.entity)


def _owner_changed(change: Change, names: Names) -> str:
    return _owner_gone(change, names) if is_left_without_owner(change) else _other_owner(change, names)


def _owner_gone(change: Change, names: Names) -> str:
    former = field_change(change, names, "owner").before
    if not former:
        return tr_in("story", "has no owner now")
    return tr("has no owner now, was {owner}\u2019s before", owner=former)


_other_owner = _arrow("owner", marked("owner", "story"), marked("got another owner", "story"))


def _assigned(change: Change, names: Names) -> str:
    if is_left_without_owner(change):
        return _owner_gone(change, names)
    owner = value_of(change, names, "owner")
    return tr("assigned to {owner}", owner=owner) if owner else tr_in("story", "assigned")


_STORIES: dict[str, Callable[[Change, Names], str]] = {
    "won": lambda _change, _names: tr_in("story", "won"),
    "lost": _lost,
    "reopened": lambda _change, _names: tr_in("story", "reopened"),
    "merged": _merged,
    "converted": lambda change, _names: (
        tr_in("story", "converted to a deal") if change.became_deal else tr_in("story", "archived")
    ),
    "done": lambda _change, _names: tr_in("story", "done"),
    "overdue": lambda _change, _names: tr_in("story", "overdue"),
    "stalled": lambda change, _names: _stalled(change),
    "stage_regressed": _arrow("stage", marked("moved back", "story"), marked("moved back", "story")),
    "stage_changed": _arrow("stage", marked("moved", "story"), marked("moved", "story")),
    "assigned": _assigned,
    "owner_changed": _owner_changed,
    "value_changed": _arrow("value", marked("value", "story"), marked("got another value", "story")),
    "scored": lambda _change, _names: tr_in("story", "scored"),
}


def _created(_label: str, change: Change, _names: Names) -> str:
    return new_object(change.entity)


def _deleted(label: str, change: Change, names: Names) -> str:
    into = change.merged_to
    if into:
        return tr("{what} merged into {other}", what=label, other=other_name(change, into, names))
    return tr("{what} deleted", what=label)


def _updated(label: str, change: Change, names: Names) -> str:
    labels = [changes.label for changes in touched(change, names)]
    return (
        tr("{what} changed: {fields}", what=label, fields=listed(labels))
        if labels
        else tr("{what} changed", what=label)
    )


_PLAIN = {"created": _created, "updated": _updated, "deleted": _deleted}
