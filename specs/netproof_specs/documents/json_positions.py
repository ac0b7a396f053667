"""Where the parts of a large JSON text stand, without decoding what lies beside the way there."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Raw
from msgspec.json import Decoder

from netproof_specs.collecting import collector_off
from netproof_specs.frozen import Frozen, field
from netproof_specs.locations import Step

_OBJECTS = Decoder(dict[str, Raw])
_LISTS = Decoder(list[Raw])
_BLANK = b" \t\n\r"
_BLOCK = 1 << 16
_CONTINUED = bytes(range(0x80, 0xC0))


class _Member(NamedTuple):
    """A member of an object or list: where its key and its value start, and the value's text."""

    key: int
    start: int
    text: Raw


class Positions(Frozen):
    """A JSON text in UTF-8 with what is known of where its parts start.

    The text is one document that was read without an error. `members` has those of the objects
    and lists that were on the way to something, by where they start; `blocks` counts the lines
    before each block of the text, and the columns since the last of them.
    """

    data: bytes
    members: dict[int, dict[Step, _Member]] = field(default_factory=dict)
    blocks: list[tuple[int, int]] = field(default_factory=list)

    @collector_off()
    def place(self, path: tuple[Step, ...]) -> tuple[int, int]:
        """Line and column of the value at the path, or of its key, as far as one can get."""
        text: bytes | Raw = self.data
        offset = key = len(self.data) - len(self.data.lstrip(_BLANK))
        for step in path:
            if offset not in self.members:
                try:
                    self.members[offset] = _members(text, offset, self.data)
                except RecursionError:
                    # What was read with a shorter stack may nest too deep here.
                    break
            member = self.members[offset].get(step)
            if member is None:
                break
            key, offset, text = member.key, member.start, member.text
        return self._line_column(key if path and isinstance(path[-1], str) else offset)

    def _line_column(self, offset: int) -> tuple[int, int]:
        if not self.blocks:
            lines = column = 0
            for start in range(0, len(self.data), _BLOCK):
                self.blocks.append((lines, column))
                lines, column = _moved(self.data[start : start + _BLOCK], lines, column)
        block = offset // _BLOCK
        lines, column = _moved(self.data[block * _BLOCK : offset], *self.blocks[block])
        return lines + 1, column + 1


def _moved(text: bytes, lines: int, column: int) -> tuple[int, int]:
    """The lines and columns before the end of a text, from those before its start."""
    ended = text.rfind(b"\n")
    if ended < 0:
        return lines, column + _characters(text)
    return lines + text.count(b"\n"), _characters(text[ended + 1 :])


def _characters(text: bytes) -> int:
    """How many characters start in a part of a text in UTF-8."""
    # Most text is ASCII throughout, which is seen ten times as quickly.
    return len(text) if text.isascii() else len(text.translate(None, _CONTINUED))


def _members(text: bytes | Raw, offset: int, data: bytes) -> dict[Step, _Member]:
    """The members of the object or list whose text starts at the offset, blanks before it aside."""
    found: dict[Step, _Member] = {}
    at = offset + 1
    if data.startswith(b"{", offset):
        for name, value in _OBJECTS.decode(text).items():
            key = at = _after(data, at, _BLANK + b",")
            at = _after(data, _after_text(data, at), _BLANK + b":")
            found[name] = _Member(key, at, value)
            at += memoryview(value).nbytes
    elif data.startswith(b"[", offset):
        between = _BLANK + b","
        for position, value in enumerate(_LISTS.decode(text)):
            # Not by `_after`, as a list may have very many members.
            while data[at] in between:
                at += 1
            found[position] = _Member(at, at, value)
            at += memoryview(value).nbytes
    return found


def _after(data: bytes, at: int, passed: bytes) -> int:
    """The first place from `at` on that has none of the characters."""
    while data[at] in passed:
        at += 1
    return at


def _after_text(data: bytes, at: int) -> int:
    """The place after the quoted text at `at`."""
    end = data.index(b'"', at + 1)
    while _is_escaped(data, end):
        end = data.index(b'"', end + 1)
    return end + 1


def _is_escaped(data: bytes, at: int) -> bool:
    """Iff an odd number of backslashes stands before the place."""
    before = at
    while data[before - 1] == ord("\\"):
        before -= 1
    return (at - before) % 2 == 1
