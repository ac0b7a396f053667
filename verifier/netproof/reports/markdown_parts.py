"""Pieces of Markdown in which no name is ever obeyed.

Names stand in `<code>` or `<pre>` with every character that Markdown, HTML or a mention could read
encoded, so that what a manifest or claim writes is shown as it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

import click

from netproof.reports.words import safe

BLOCK = 6_000
"""Characters that one folded block may take: a comment holds 65,536."""

HARMLESS = frozenset(" /-,.=;")
"""Punctuation that no renderer reads as anything inside a line; `www.` is dealt with apart."""

_WWW = re.compile(r"(?<=www)\.", re.IGNORECASE)


def details(summary: str, lines: Iterable[str]) -> str:
    """The lines folded under a summary, which is Markdown; cut where there are too many."""
    text = "\n".join(safe(part) for one in lines for part in click.unstyle(one).split("\n"))
    # A block that begins with <pre> is HTML up to its end: nothing in it is read as Markdown.
    return f"<details><summary>{summary}</summary>\n\n<pre>{_escaped(text)}</pre>\n\n</details>"


def _escaped(text: str) -> str:
    """The text for HTML, as much of it as a block has room for."""
    room, pieces = BLOCK, []
    for ch in text:
        pieces.append(html.escape(ch))
        room -= len(pieces[-1])
        if room < 0:
            return "".join((*pieces[:-1], "..."))
    return "".join(pieces)


def code(text: str) -> str:
    """The text as it is, in code type, on one line, also within a table."""
    encoded = "".join(
        ch if ch.isalnum() or ch in HARMLESS else f"&#{ord(ch)};" for ch in safe(text)
    )
    return f"<code>{_WWW.sub('&#46;', encoded)}</code>"
