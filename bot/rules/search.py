"""What `rule list` was asked for: on or off, posting into this space, words of the name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from bot.text.format import listed
from models.languages.translate import marked, tr
from models.languages.words import meaning_of
from models.pipedrive.readable import fold_name
from models.rules.queries import RULE_STATES
from models.tables import Rule

STATE_WORDS: Final = {"all": None, **RULE_STATES}
HERE: Final = "here"
MOST_NEAR: Final = 3
VERBS: Final = marked("show, edit, on, off, clone, test, backtest, delete, new, bulk, export and import")


@dataclass(frozen=True, slots=True)
class RuleSearch:
    """`enabled` None: both kinds; `here`: only rules that post into this space; `words` are in the name."""

    enabled: bool | None = None
    here: bool = False
    words: str = ""

    def fits(self, rule: Rule, posts_here: bool) -> bool:
        return (
            self.enabled in (None, rule.is_enabled)
            and (posts_here or not self.here)
            and fold_name(self.words) in fold_name(rule.name)
        )

    def nearest(self, names: Sequence[str]) -> list[str]:
        """Return the names that come near to the words, and those that a wrong verb stands before."""
        folded = {fold_name(name): name for name in names}
        meant = self._behind_verb(folded)
        near = get_close_matches(fold_name(self.words)[:80], folded, n=MOST_NEAR, cutoff=0.7)
        return [folded[each] for each in (meant or near)[:MOST_NEAR]]

    def explain_nothing(self, names: Sequence[str]) -> str:
        """Say why no rule was found, with the names that are nearest; empty if there are no rules at all."""
        if not names:
            return ""
        if self._behind_verb([fold_name(name) for name in names]):
            first = self.words.partition(" ")[0]
            return tr(
                "“{first}” is nothing that can be done with a rule. There is {verbs}.",
                first=first[:40],
                verbs=tr(VERBS),
            )
        near = self.nearest(names)
        hint = [tr("Did you mean {names}?", names=listed(near))] if near else []
        return " ".join([self._nothing_text(), *hint])

    def _behind_verb(self, folded: Iterable[str]) -> list[str]:
        """Return the names that begin with all words but the first, which may be meant as a verb."""
        rest = self.words.partition(" ")[2]
        return [name for name in folded if name.startswith(fold_name(rest))] if rest else []

    def _nothing_text(self) -> str:
        none = {None: marked("There is no rule."), True: marked("There is no rule that is on.")}
        no_rule = {None: marked("No rule {what}."), True: marked("No rule that is on {what}.")}
        off, no_rule_off = marked("There is no rule that is off."), marked("No rule that is off {what}.")
        place = tr("posts into this space") if self.here else ""
        named = tr("has “{words}” in its name", words=self.words[:80]) if self.words else ""
        what = listed([each for each in (place, named) if each])
        if not what:
            return tr(none.get(self.enabled, off))
        return tr(no_rule.get(self.enabled, no_rule_off), what=what)


def parse_search(args: Sequence[str]) -> RuleSearch:
    """Read `[active|paused] [here] [words]`."""
    enabled, here, rest = None, False, list(args)
    while rest and (word := meaning_of(rest[0])) in (*STATE_WORDS, HERE):
        here = here or word == HERE
        enabled = STATE_WORDS.get(word, enabled)
        rest.pop(0)
    return RuleSearch(enabled, here, " ".join(rest))
