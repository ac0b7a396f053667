"""Calico's selector language: from text to syntax tree (D.30 to D.33).

    selector := or                         operators bind `!` > `&&` > `||`
    or       := and { "||" and }
    and      := op { "&&" op }
    op       := { "!" } ( "has(" key ")" | "all()" | "global()" | "(" or ")"
                        | key "==" str | key "!=" str | key "contains" str
                        | key "starts" "with" str | key "ends" "with" str
                        | key [ "not" ] "in" "{" [ str { "," str } [ "," ] ] "}" )

Blanks and tabs may stand between the words, and nothing else may: no line end, and no blank before
the bracket of `has(`. A text stands between two equal quotes and has no escapes. The words of the
language are ordinary keys wherever a key can stand (D.33).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn

from netproof_specs.model.calico_selectors import (
    All,
    And,
    Compared,
    Comparison,
    Expression,
    Global,
    Has,
    Listed,
    Membership,
    Not,
    Or,
)

LONGEST = 1024
"""The characters that a selector may have (D.29)."""

_DEEPEST = 64
_BLANKS = re.compile(r"[ \t]*")
_KEY = re.compile(r"[A-Za-z0-9_./-]{1,512}")
_CALL = re.compile(r"(has|all|global)\(")
_BLANK_CALL = re.compile(r"(has|all|global)[ \t]+\(")
_WORD = re.compile(r"\S[^ \t\n(){},&|!=]*")
_OPERATOR = re.compile(
    r"(?P<equal>==)|(?P<unequal>!=)|(?P<contains>contains)|(?P<starts>starts[ \t]*with)"
    r"|(?P<ends>ends[ \t]*with)|(?P<not_in>not[ \t]*in)|(?P<within>in)"
)
_COMPARISONS = {
    "equal": Comparison.EQUAL,
    "unequal": Comparison.NOT_EQUAL,
    "contains": Comparison.CONTAINS,
    "starts": Comparison.STARTS_WITH,
    "ends": Comparison.ENDS_WITH,
}
_NUMBERED = re.compile(r"[A-Za-z0-9_.-]+")


class SelectorError(Exception):
    """The text is no selector: what is wrong from `start` to `end`, and what to write instead."""

    def __init__(self, start: int, end: int, message: str, suggestion: str) -> None:
        super().__init__(message)
        self.start = start
        self.end = end
        self.message = message
        self.suggestion = suggestion


@lru_cache(maxsize=4096)
def parse_selector(text: str) -> Expression | None:
    """The syntax tree of a text; `None` for an empty one, which selects everything.

    Raises SelectorError. Policies select the same again and again, and often in two versions.
    """
    if len(text) > LONGEST:
        limit = f"a selector has at most {LONGEST} characters"
        raise SelectorError(LONGEST, len(text), f"{limit}, not {len(text)} (D.29)", "split it")
    reading = _Reading(text)
    if reading.at_end():
        return None
    tree = reading.either()
    if not reading.at_end():
        reading.misfit("`&&`, `||` or the end of the text")
    return tree


@dataclass(slots=True)
class _Reading:
    """A place in a text: the parts before it are read."""

    text: str
    at: int = 0
    depth: int = field(default=0)

    def either(self) -> Expression:
        """Parts joined by `||`."""
        parts = [self.both()]
        while self.take("||"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Or(tuple(parts), parts[0].at)

    def both(self) -> Expression:
        """Parts joined by `&&`."""
        parts = [self.one()]
        while self.take("&&"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else And(tuple(parts), parts[0].at)

    def one(self) -> Expression:
        """One part with what negates it, which binds most closely (D.30)."""
        start = self.skip()
        self.deeper(start)
        found = Not(self.one(), start) if self.take("!") else self.operand(start)
        self.depth -= 1
        return found

    def deeper(self, start: int) -> None:
        """Counts a level, so that no text makes the tree deeper than what reads it can go."""
        self.depth += 1
        if self.depth > _DEEPEST:
            self.stop(start, start + 1, "brackets and `!` stand too many levels deep", "")

    def operand(self, start: int) -> Expression:
        """A call, a bracket, or a key with its operator."""
        if self.take("("):
            inner = self.either()
            self.expect(")", "`)`, `&&` or `||`")
            return inner
        call = _CALL.match(self.text, start)
        if call is not None:
            self.at = call.end()
            return self.call(call.group(1), start)
        blank = _BLANK_CALL.match(self.text, start)
        if blank is not None:
            name = blank.group(1)
            why = f"no blank may stand between `{name}` and its bracket"
            self.stop(start, blank.end(), why, f"write `{name}(`")
        return self.condition(self.key("a key, `has(`, `all()`, `!` or `(`"), start)

    def call(self, name: str, start: int) -> Expression:
        """What stands in the brackets of `has(`, `all(` or `global(`."""
        key = self.key("a key") if name == "has" else ""
        self.expect(")", "`)`")
        if name == "has":
            return Has(key, start)
        return All(self.text[start : self.at], start) if name == "all" else Global(start)

    def key(self, wanted: str) -> str:
        """A label key."""
        found = _KEY.match(self.text, self.skip())
        if found is None:
            self.misfit(wanted)
        self.at = found.end()
        return found.group()

    def condition(self, key: str, start: int) -> Expression:
        """An operator and what it compares with."""
        found = _OPERATOR.match(self.text, self.skip())
        if found is None:
            self.misfit("`==`, `!=`, `in`, `not in`, `contains`, `starts with` or `ends with`")
        self.at = found.end()
        name = found.lastgroup or ""
        if name in _COMPARISONS:
            return Compared(key, _COMPARISONS[name], self.quoted(), start)
        operator = Membership.IN if name == "within" else Membership.NOT_IN
        return Listed(key, operator, self.listed(), start)

    def listed(self) -> tuple[str, ...]:
        """Texts in braces; a comma may follow the last one."""
        self.expect("{", "`{`")
        texts: list[str] = []
        while not self.take("}"):
            texts.append(self.quoted())
            if not self.take(","):
                self.expect("}", "`,` or `}`")
                break
        return tuple(texts)

    def quoted(self) -> str:
        """A text between two equal quotes."""
        start = self.skip()
        quote = self.text[start : start + 1]
        if quote not in ("'", '"') or not quote:
            self.misfit("a text in quotes")
        end = self.text.find(quote, start + 1)
        if end < 0:
            self.stop(start, start + 1, "the quote is never closed", f"close it with `{quote}`")
        self.at = end + 1
        return self.text[start + 1 : end]

    def skip(self) -> int:
        """Steps over blanks; the answer is the place reached."""
        blanks = _BLANKS.match(self.text, self.at)
        self.at = self.at if blanks is None else blanks.end()
        return self.at

    def at_end(self) -> bool:
        """Iff nothing but blanks is left."""
        return self.skip() == len(self.text)

    def take(self, mark: str) -> bool:
        """Steps over a mark that comes next, blanks before it aside; false if it does not."""
        if not self.text.startswith(mark, self.skip()):
            return False
        self.at += len(mark)
        return True

    def expect(self, mark: str, wanted: str) -> None:
        """Steps over a mark, or stops where it is missing."""
        if not self.take(mark):
            self.misfit(wanted)

    def misfit(self, wanted: str) -> NoReturn:
        """Stops at the next word, which is not what is wanted."""
        start = self.skip()
        if start == len(self.text):
            self.stop(start, start, "the selector ends too early", f"here fits: {wanted}")
        if self.text[start] in "\r\n":
            hint = "write the selector on one line, or as `>-` block, which joins its lines"
            self.stop(start, start + 1, "a line end is not allowed in a selector", hint)
        found = _WORD.match(self.text, start)
        end = start + 1 if found is None else found.end()
        word = self.text[start:end]
        self.stop(start, end, f"`{_plain(word)}` does not fit here", _hint(word, wanted))

    def stop(self, start: int, end: int, message: str, suggestion: str) -> NoReturn:
        """Ends the reading with an error from `start` to `end`."""
        raise SelectorError(start, end, message, suggestion)


def _hint(word: str, wanted: str) -> str:
    """What to write in place of a word where `wanted` fits."""
    marks = {"=": "==", "&": "&&", "|": "||", "and": "&&", "or": "||"}
    meant = marks.get(word.lower())
    if meant is not None and f"`{meant}`" in wanted:
        return f"write `{meant}`"
    if word.startswith("=") and "`==`" in wanted:
        return "write `==` and the text in quotes"
    if "in quotes" in wanted and _NUMBERED.fullmatch(word):
        return f"quote it: `'{word}'`"
    return f"here fits: {wanted}"


def _plain(text: str) -> str:
    clean = "".join(ch if ch.isprintable() else "\N{REPLACEMENT CHARACTER}" for ch in text)
    return clean if len(clean) <= 40 else f"{clean[:37]}..."
