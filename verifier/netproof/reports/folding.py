"""Long lines of a report folded to the width of a terminal, each part under the part above."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from textwrap import wrap

import click

NARROWEST = 40
"""Narrower than this nothing is folded: little would fit beside the indentation."""

_LABELLED = re.compile(r" *\S+(?: \S+)? {2,}(?=\S)")
_ROW = re.compile(r"\S.*?  ->  .*?\S {2,}(?=\S)")
"""A line of a map of connections, as far as what is allowed."""
_STYLED = re.compile(r"^.*\x1b\[[0-9;]*m")


def folded(text: str, width: int) -> str:
    """The text with every line of at most `width` columns, as far as its words allow."""
    if width < NARROWEST:
        return text
    return "\n".join(_folded(line, width) for line in text.split("\n"))


def folded_pieces(pieces: Iterable[str], width: int) -> Iterator[str]:
    """The same for a text in pieces of any length."""
    rest = ""
    for piece in pieces:
        text, ended, rest = f"{rest}{piece}".rpartition("\n")
        if ended:
            yield f"{folded(text, width)}\n"
    if rest:
        yield folded(rest, width)


def _folded(line: str, width: int) -> str:
    plain = click.unstyle(line)
    if len(plain) <= width or plain.lstrip().startswith("^"):
        return line
    parts = wrap(
        plain,
        width,
        subsequent_indent=" " * _hanging(plain, width),
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    return _styled_again(line, "\n".join(parts))


def _hanging(plain: str, width: int) -> int:
    """How far the further parts are indented.

    To the last column of a row of a map or to the value after a label, where these leave room;
    else two past the line.
    """
    row = _ROW.match(plain)
    if row:
        return row.end() if row.end() <= width - NARROWEST // 2 else 4
    label = _LABELLED.match(plain)
    if label and label.end() <= width // 2:
        return label.end()
    return len(plain) - len(plain.lstrip()) + 2


def _styled_again(line: str, text: str) -> str:
    """The folded text with the colours of the line, which stand at its beginning."""
    styled = _STYLED.match(line)
    head = click.unstyle(styled.group()) if styled else ""
    if styled is None or not text.startswith(head):
        return text
    return styled.group() + text[len(head) :]
