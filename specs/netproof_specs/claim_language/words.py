"""The words of a claim with their positions, and the mistakes that a reader finds among them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn, TypeVar

from netproof_specs.claims import EndpointSet
from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location
from netproof_specs.problems import InputError, Problem

T = TypeVar("T")

CLAIM_KEYWORDS = (
    "only", "can", "cannot", "may", "reach", "on", "within", "is", "isolated", "from",
    "policies", "policy", "and", "are", "equivalent", "redundant", "necessary", "in",
    "as",
)  # fmt: skip
ENDPOINT_KEYWORDS = ("ns", "pods", "hosts", "cidr", "external", "anything", "any")
PROTOCOL_KEYWORDS = ("TCP", "UDP", "SCTP")
KEYWORDS = CLAIM_KEYWORDS + ENDPOINT_KEYWORDS + PROTOCOL_KEYWORDS

NAME_PATTERN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
"""What a group or a policy set of a spec may be called, keywords aside."""

_TOKENS = re.compile(
    r"(?P<space>[ \t\r\n]+)|(?P<word>[A-Za-z0-9_./:*-]+)|(?P<mark>==|!=|[(),=!+])|(?P<bad>.)",
    re.DOTALL,
)
_EXCERPT_WIDTH = 90
_LISTED_NAMES = 20
_LONGEST_QUOTE = 60


class Token(Frozen):
    """One word, one mark, or the end (`kind` is `word`, `mark` or `end`) of a claim's text."""

    kind: str
    text: str
    start: int
    end: int


class Mistake(Frozen):
    """What is wrong with the characters `start` to `end` of a claim's text."""

    start: int
    end: int
    message: str
    suggestion: str
    code: str


class MisreadError(Exception):
    """A text that cannot be read on after its last mistake; caught by `read_all`."""


@dataclass(slots=True)
class Words:
    """A cursor over the words of one text: the only mutable state of the claim reader.

    A mistake that leaves the structure clear (an unknown group, a bad port) is noted and reading
    goes on; one that does not stops it by `MisreadError`.
    """

    text: str
    groups: Mapping[str, EndpointSet]
    tokens: tuple[Token, ...] = ()
    position: int = 0
    mistakes: list[Mistake] = field(default_factory=list)

    def peek(self, ahead: int = 0) -> Token:
        """The token `ahead` places after the next one; the end repeats for ever."""
        return self.tokens[min(self.position + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        """The next token, and steps over it."""
        token = self.peek()
        self.position += 1
        return token

    def at_mark(self, mark: str) -> bool:
        """True iff the next token is that mark."""
        return self.peek().kind == "mark" and self.peek().text == mark

    def at_words(self, *texts: str) -> bool:
        """True iff the next tokens are exactly those words."""
        return all(
            self.peek(ahead).kind == "word" and self.peek(ahead).text == text
            for ahead, text in enumerate(texts)
        )

    def take_mark(self, mark: str, *fitting: str) -> Token:
        """Steps over that mark; stops where something else stands."""
        if not self.at_mark(mark):
            misfit(self, f"`{mark}`", *fitting)
        return self.take()

    def take_word(self, *fitting: str) -> Token:
        """The next word, and steps over it; stops where something else stands."""
        if self.peek().kind != "word":
            misfit(self, *fitting)
        return self.take()

    def separated(self, mark: str, read: Callable[[Words], T]) -> list[T]:
        """What `read` makes of the text, as often as that mark follows."""
        found = [read(self)]
        while self.at_mark(mark):
            self.take()
            found.append(read(self))
        return found

    def take_words(self, *texts: str) -> None:
        """Steps over those words in their order; stops at the first that is missing."""
        for text in texts:
            if not self.at_words(text):
                misfit(self, f"`{text}`")
            self.take()

    def slice_from(self, first: Token) -> str:
        """The text from `first` to the last token taken, with single spaces."""
        last = self.tokens[self.position - 1]
        return " ".join(self.text[first.start : last.end].split())

    def note(self, token: Token, message: str, suggestion: str, code: str) -> None:
        """Records a mistake at `token` and lets the reading go on."""
        self.mistakes.append(Mistake(token.start, token.end, message, suggestion, code))

    def note_both(self, first: Token, last: Token, message: str, suggestion: str) -> None:
        """Records one mistake over two tokens and all between them."""
        mistake = Mistake(first.start, last.end, message, suggestion, "misplaced-word")
        self.mistakes.append(mistake)

    def stop(self, token: Token, message: str, suggestion: str, code: str) -> NoReturn:
        """Records a mistake at `token` and ends the reading."""
        self.note(token, message, suggestion, code)
        raise MisreadError


def misfit(words: Words, *fitting: str) -> NoReturn:
    """Stops at the next token, saying which forms would fit there instead."""
    token = words.peek()
    suggestion = f"expected {alternatives(fitting)}"
    close = _closest_form(token.text, [form.strip("`") for form in fitting])
    if close:
        others = f" {suggestion}" if len(fitting) > 1 else ""
        suggestion = f"did you mean `{close}`?{others}"
    if token.kind == "end":
        words.stop(token, "the text ends too early", suggestion, "unfinished")
    words.stop(token, f"{quoted(token.text)} does not fit here", suggestion, "misplaced-word")


def _closest_form(text: str, forms: Iterable[str]) -> str:
    """The form that the text most likely begins, or the empty string."""
    listed_forms = list(forms)
    close = closest(text, listed_forms)
    if close or text in {form.split()[0] for form in listed_forms if form}:
        return close
    by_first = {form.split()[0]: form for form in reversed(listed_forms) if form}
    return by_first.get(closest(text, by_first), "")


def split_words(words: Words) -> tuple[Token, ...]:
    """The tokens of the text, the end last; stops at a character of no token."""
    tokens = []
    for match in _TOKENS.finditer(words.text):
        kind = match.lastgroup or ""
        token = Token(kind, match.group(), match.start(), match.end())
        if kind == "bad":
            words.stop(
                token,
                f"{quoted(token.text)} is not a character of the claim language",
                "claims are made of ASCII letters, digits, `. _ - / : *` and `( ) , = ! +`",
                "bad-character",
            )
        if kind != "space":
            tokens.append(token)
    length = len(words.text.rstrip(" \t\r\n"))
    return (*tokens, Token("end", "", length, length))


Place = Callable[[Mistake], Location | None]
"""Where in the user's input a mistake of a text stands."""


def read_all(
    text: str,
    groups: Mapping[str, EndpointSet],
    place: Place,
    read: Callable[[Words], T],
    *fitting: str,
) -> T:
    """What `read` makes of the whole text; raises InputError with every mistake found in it."""
    words = Words(text, groups)
    try:
        words.tokens = split_words(words)
        value = read(words)
        if words.peek().kind != "end":
            misfit(words, *fitting, "the end of the text")
        if not words.mistakes:
            return value
    except MisreadError:
        pass
    raise InputError(tuple(problem_of(text, mistake, place) for mistake in words.mistakes))


def problem_of(text: str, mistake: Mistake, place: Place) -> Problem:
    """The mistake as a problem whose excerpt marks the offending characters by carets."""
    return Problem(
        place(mistake),
        mistake.message,
        mistake.suggestion,
        mistake.code,
        excerpt=excerpt_of(text, mistake.start, mistake.end),
    )


def excerpt_of(text: str, start: int, end: int) -> str:
    """The line of `text` around `start`, and under it a caret for each offending character."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", start)
    last = len(text) if last < 0 else last
    end = min(max(end, start), last)
    before = printable(text[first:start])
    marked = printable(text[start:end])
    after = printable(text[max(start, end) : last])
    if len(before) > _EXCERPT_WIDTH // 2:
        before = "..." + before[-(_EXCERPT_WIDTH // 2) :]
    if len(marked) > _EXCERPT_WIDTH:
        marked, after = marked[:_EXCERPT_WIDTH], "..."
    if len(after) > _EXCERPT_WIDTH // 2:
        after = after[: _EXCERPT_WIDTH // 2] + "..."
    line = f"    {before}{marked}{after}".rstrip()
    return f"{line}\n    {' ' * len(before)}{'^' * max(len(marked), 1)}"


def printable(text: str) -> str:
    """The text with everything but printable ASCII written as an escape, so that columns hold.

    Escaping other scripts too shows look-alike letters and direction marks for what they are.
    """
    return "".join(ch if " " <= ch <= "~" else _escape(ch) for ch in text)


def _escape(ch: str) -> str:
    return " " if ch == "\t" else ch.encode("unicode_escape", "surrogatepass").decode("ascii")


def quoted(text: str) -> str:
    """The user's text in backticks, escaped and cut to a length fit for a message."""
    if len(text) > _LONGEST_QUOTE:
        text = text[:_LONGEST_QUOTE] + "..."
    return f"`{printable(text)}`"


def alternatives(forms: Iterable[str]) -> str:
    """`a, b or c`, each form once."""
    unique = list(dict.fromkeys(forms))
    if len(unique) < 2:
        return "".join(unique)
    return f"{', '.join(unique[:-1])} or {unique[-1]}"


def closest(text: str, names: Iterable[str]) -> str:
    """The name that `text` most likely stands for by case or spelling, or the empty string."""
    candidates = sorted(set(names))
    folded = {name.lower().replace("_", "-"): name for name in reversed(candidates)}
    if len(text) > 100 or text in candidates:
        return ""
    near = difflib.get_close_matches(text.lower().replace("_", "-"), folded, 1, 0.7)
    return folded[near[0]] if near else ""


def listed(names: Iterable[str]) -> str:
    """The names in backticks and ascending order, cut off after twenty."""
    ordered = sorted(names)
    text = ", ".join(quoted(name) for name in ordered[:_LISTED_NAMES])
    more = len(ordered) - _LISTED_NAMES
    return f"{text} and {more} more" if more > 0 else text


def keyword_like(name: str) -> str:
    """The keyword that `name` equals but for case, or the empty string."""
    return next((word for word in KEYWORDS if word.lower() == name.lower()), "")
