"""Reads `when a deal over 10k is won post it here`: the parts of a rule, and what was not understood."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from bot.phrases import words as known_words
from bot.phrases.cursor import Cursor, Phrase, PhraseVocabulary
from bot.phrases.words import match
from bot.rules.amounts import question_of
from bot.text.event_types import event_type_text
from bot.text.format import listed
from models.languages.translate import marked, tr
from models.pipedrive.entity import ENTITIES, Kind
from models.pipedrive.readable import fold_name

MOST_LISTED: Final = 5


def read_phrase(words: Sequence[str], vocabulary: PhraseVocabulary) -> Phrase:
    """Return what the words say; a word with spaces was quoted, and is one name."""
    return _Reader(words, vocabulary).read()


class _Reader(Cursor):
    """Reads a phrase from left to right: at each word, the first clause that fits takes its words."""

    def __init__(self, words: Sequence[str], vocabulary: PhraseVocabulary) -> None:
        super().__init__(words, vocabulary)
        self._entities: list[str] = []
        self._verbs: list[str] = []

    def read(self) -> Phrase:
        clauses = (
            self._posting, self._amount, self._verb, self._entity, self._titled, self._reason,
            self._label, self._owner, self._inside, self._company, self._urgent, self._filler,
        )  # fmt: skip
        while self._at < len(self._words):
            if any(clause() for clause in clauses):
                continue
            self._unread.append(self._words[self._at])
            self._at += 1
        self._close_unread()
        self._settle_events()
        if not self._phrase.to:
            self._phrase.to = [each for each in (self._known.here or self._known.me,) if each]
        return self._phrase

    def _add(self, field: str, op: str, value: Any) -> None:
        self._phrase.conditions.append({"field": field, "op": op, "value": value})

    def _entity(self) -> bool:
        found = match(self._rest(), known_words.ENTITIES)
        if found is None:
            return False
        entity, _, kind = found[0].partition(":")
        if entity not in self._entities:
            self._entities.append(entity)
        if kind:
            self._add("type", "is", kind)
        return self._take(found[1])

    def _verb(self) -> bool:
        found = match(self._rest(), known_words.VERBS)
        if found is None:
            return False
        if found[0] not in self._verbs:
            self._verbs.append(found[0])
        return self._take(found[1])

    def _settle_events(self) -> None:
        entities = self._entities or ["deal"]
        pairs = [(entity, verb) for entity in entities for verb in self._verbs]
        for entity, verb in pairs:
            settled = f"{entity}.{known_words.SAME.get((entity, verb), verb)}"
            if verb == known_words.ANYTHING or settled in ENTITIES[entity].event_types:
                self._phrase.on.append(settled)
            elif len(entities) == 1:
                self._phrase.questions.append(
                    tr("There is no event “{event}”.", event=event_type_text(f"{entity}.{verb}"))
                )
        if not self._verbs:
            self._phrase.questions.insert(
                0, tr("Say what happens: won, lost, created, moved, changed, done.")
            )

    def _posting(self) -> bool:
        """Read `post it here`, `tell me`, `send a card to Deals`."""
        if self._folded[self._at] not in known_words.POSTING:
            return False
        self._take(1)
        found: list[str] = []
        while self._at < len(self._words):
            place = self._place()
            if place is not None:
                found.append(place)
            elif self._folded[self._at] in known_words.POSTED | known_words.AND and not self._begins_clause():
                self._at += 1
            else:
                break
        self._phrase.to = list(dict.fromkeys([*self._phrase.to, *filter(None, found)]))
        return True

    def _begins_clause(self) -> bool:
        return (
            self._folded[self._at] in known_words.AND
            and self._at + 1 < len(self._words)
            and (self._folded[self._at + 1] in known_words.POSTING)
        )

    def _place(self) -> str | None:
        """Read one place; the empty text where it is understood but cannot be posted to."""
        if here := match(self._rest(), known_words.HERE):
            self._at += here[1]
            if not self._known.here:
                self._phrase.questions.append(
                    tr("This space is not linked yet; /pipenotify space here links it.")
                )
            return self._known.here
        if self._folded[self._at] in known_words.MYSELF:
            self._at += 1
            return self._known.me
        titles = {fold_name(title): name for title, name in self._known.spaces.items()}
        found = self._longest(titles)
        if found is None:
            return None
        self._at += found[1]
        return found[0]

    def _amount(self) -> bool:
        """Read `over 10k`, `at least 10,000 EUR`, `between 5k and 10k`, `10k+`, `probability over 50`."""
        field, start = self._compared_field()
        compared = match(self._rest(start), known_words.COMPARISONS)
        op, skip = compared or ("at_least", 0)
        first = self._number(start + skip)
        if first is None or (compared is None and start):
            return False
        value, length = first
        end = start + skip + length
        if op == "between":
            joined = bool(known_words.TO.intersection(self._rest(end)[:1]))
            second = self._number(end + 1) if joined else None
            if second is None:
                return False
            value, end = _in_one_currency(value, second[0]), end + 1 + second[1]
        if isinstance(value, str):
            self._phrase.questions.append(self._question(value))
        else:
            self._add(field, op, value)
        return self._take(end)

    def _question(self, typed: str) -> str:
        question = question_of(typed, Kind.MONEY, self._known.locale)
        return (
            f"{question[:1].upper()}{question[1:]}."
            if question
            else tr("“{typed}” is no amount I can read.", typed=typed)
        )

    def _compared_field(self) -> tuple[str, int]:
        """Return the number field that is named here, and how many words name it; the value otherwise."""
        entity = ENTITIES[self._entities[0] if self._entities else "deal"]
        ordered = (Kind.NUMBER, Kind.MONEY)
        labels = {fold_name(each.label): each.key for each in entity.declared if each.kind in ordered}
        found = self._longest(labels)
        if found is None:
            return "value", 0
        is_word = bool(known_words.IS.intersection(self._rest(found[1])[:1]))
        return found[0], found[1] + is_word

    def _titled(self) -> bool:
        return self._text_after(known_words.CALLED, "title")

    def _reason(self) -> bool:
        return self._text_after(known_words.BECAUSE, "lost_reason")

    def _text_after(self, table: Mapping[known_words.Words, str], field: str) -> bool:
        """Read a text after one of these words: one quoted text, else the words up to the next clause."""
        found = match(self._rest(), table)
        if found is None:
            return False
        words = self._proper_words(found[1])
        if words:
            self._add(field, "contains", " ".join(words))
        return bool(words) and self._take(found[1] + len(words))

    def _label(self) -> bool:
        found = match(self._rest(), known_words.LABELLED)
        if found is None:
            return False
        kinds = [f"{entity}_label" for entity in self._entities or ["deal"]]
        known = {typed: text for kind in kinds for typed, text in self._known.named(kind).items()}
        name = self._longest(known, found[1])
        if name is not None:
            self._add("label", "has_any", [name[0]])
            return self._take(found[1] + name[1])
        return self._ask_for_name(found[1], "label", known.values())

    def _owner(self) -> bool:
        if self._folded[self._at] in known_words.MINE:
            return self._owned_by_me(1)
        found = match(self._rest(), known_words.OWNED)
        if found is None:
            return False
        if self._rest(found[1])[:1] and self._rest(found[1])[0] in known_words.ME:
            return self._owned_by_me(found[1] + 1)
        name = self._longest(self._known.named("user"), found[1])
        if name is not None:
            self._add("owner", "is", name[0])
            return self._take(found[1] + name[1])
        people = self._known.named("user").values()
        is_person = self._folded[self._at] in known_words.SAYS_PERSON and bool(self._proper_words(found[1]))
        return is_person and self._ask_for_name(found[1], marked("person of your Pipedrive"), people)

    def _owned_by_me(self, length: int) -> bool:
        if self._known.my_name:
            self._add("owner", "is", self._known.my_name)
        else:
            self._phrase.questions.append(
                tr("I do not know who you are in Pipedrive; an admin matches you on the setup page.")
            )
        return self._take(length)

    def _inside(self) -> bool:
        """Read `in Enterprise`, `to Negotiation`, `in stage Won over`."""
        found = match(self._rest(), known_words.INSIDE)
        if found is None:
            return False
        for kind in [found[0]] if found[0] else ["pipeline", "stage"]:
            name = self._longest(self._known.named(kind), found[1])
            if name is not None:
                self._add(kind, "is", name[0])
                return self._take(found[1] + name[1])
        known = [*self._known.named("pipeline").values(), *self._known.named("stage").values()]
        if not self._proper_words(found[1]):
            return False
        return self._ask_for_name(found[1], found[0] or marked("pipeline or stage"), known)

    def _ask_for_name(self, offset: int, what: str, known: Iterable[str]) -> bool:
        words = self._proper_words(offset) or self._words[self._at + offset : self._at + offset + 1]
        names = list(dict.fromkeys(known))
        there = [tr("There is {names}.", names=listed(names, most=MOST_LISTED))] if names else []
        question = tr("I know no {what} “{words}”.", what=tr(what), words=" ".join(words)[:60])
        self._phrase.questions.append(" ".join([question, *there]))
        return self._take(offset + len(words))

    def _company(self) -> bool:
        found = match(self._rest(), known_words.FOR_COMPANY)
        words = self._proper_words(found[1]) if found else []
        if found is None or not words:
            return False
        self._add("organization.name", "contains", " ".join(words))
        return self._take(found[1] + len(words))

    def _urgent(self) -> bool:
        if self._folded[self._at] not in known_words.URGENT:
            return False
        self._phrase.urgent = True
        return self._take(1)

    def _filler(self) -> bool:
        return self._folded[self._at] in known_words.FILLERS and self._take(1)


def _in_one_currency(low: Any, high: Any) -> Any:
    """Return both ends of a range; where one of them names a currency, it is that of both."""
    for one, other in ((low, high), (high, low)):
        if isinstance(one, str):
            return one
        if isinstance(one, dict) and not isinstance(other, dict | str):
            both = {"amount": other, "currency": one["currency"]}
            return [both, one] if one is high else [one, both]
    return [low, high]
