"""What pages of evidence are made of: pictures of connections, lines of YAML, tables of facts.

Everything that comes from an input goes through `text`, so that no name is ever markup.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence

from netproof.decisions import Decision, SideDecision, is_at
from netproof.reports.facts import Fact, Facts
from netproof.reports.words import (
    endpoint_details,
    endpoint_name,
    failsafe_at,
    place,
    port_text,
    reason_text,
    safe,
    side_label,
)
from netproof_specs.frozen import Frozen, field
from netproof_specs.loading import Loaded, resolve
from netproof_specs.locations import Location
from netproof_specs.model.connections import Connection

AROUND = 14
"""Lines of a file that are shown from a place on."""
WIDE = 200
"""Characters of a line that are shown."""


class Shown(Frozen):
    """An input of which a page shows lines; each file is split once for the whole page."""

    loaded: Loaded
    _lines: dict[str, list[str]] = field(default_factory=dict)

    def lines(self, file: str) -> list[str]:
        """The lines of a file that was read, none of any other."""
        if file not in self._lines:
            data = self.loaded.documents.texts.get(file, b"")
            self._lines[file] = data.decode("utf-8", "replace").splitlines()
        return self._lines[file]


def text(words: str) -> str:
    """The words as text of a page."""
    return html.escape(safe(words))


def element(name: str, content: str, kind: str = "") -> str:
    """An element with content that is markup already; `kind` is its class."""
    attributes = f' class="{text(kind)}"' if kind else ""
    return f"<{name}{attributes}>{content}</{name}>"


def folded(summary: str, content: str, kind: str = "") -> str:
    """Content that a click on the summary unfolds; both are markup already."""
    return element("details", f"<summary>{summary}</summary>{content}", kind)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> str:
    """A table of plain words under a caption that is read out."""
    titles = "".join(f'<th scope="col">{text(one)}</th>' for one in head)
    lines = "".join(
        f'<tr><th scope="row">{text(row[0])}</th>'
        + "".join(element("td", text(one)) for one in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll"><table><caption>{text(caption)}</caption>'
        f"<thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def facts_list(facts: Iterable[Fact]) -> str:
    """Facts by name, with all their values."""
    entries = "".join(
        element("dt", text(fact.title)) + "".join(_value(one) for one in fact.values)
        for fact in facts
    )
    return element("dl", entries, "facts")


def _value(value: str) -> str:
    return element("dd", "<br>".join(text(line) for line in value.split("\n")))


def facts_section(facts: Facts) -> str:
    """What the whole page is to be read with."""
    return element("section", "<h2>What it is to be read with</h2>" + facts_list(facts))


def picture(connection: Connection, decision: Decision, shown: Shown) -> str:
    """The two ends, the connection between them, and below each end who decides there."""
    word = "allowed" if decision.allowed else "denied"
    arrow = (
        f'<div class="arrow {word}"><span>{text(port_text(connection))}</span>'
        f'<svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        f'<path d="M0 6H94M88 1L97 6L88 11"/></svg><b>{word}</b></div>'
    )
    sides = (
        _end("source", connection, decision, shown),
        arrow,
        _end("destination", connection, decision, shown),
    )
    name = f"{endpoint_name(connection.source)} to {endpoint_name(connection.destination)}"
    title = text(f"{name}, {port_text(connection)}: {word}")
    return f'<div class="picture" role="group" aria-label="{title}">{"".join(sides)}</div>'


def _end(which: str, connection: Connection, decision: Decision, shown: Shown) -> str:
    source = which == "source"
    endpoint = connection.source if source else connection.destination
    side = decision.egress if source else decision.ingress
    there = [side, *(one for one in decision.hosts if is_at(one, side.direction))]
    name = element("p", text(endpoint_name(endpoint)), "name")
    details = element("p", text(endpoint_details(endpoint)), "soft")
    return element(
        "div",
        f"<h4>{which}</h4>{name}{details}"
        + "".join(_tiers(one, connection, shown) for one in there),
        f"end {'open' if all(one.allowed for one in there) else 'shut'}",
    )


def _tiers(side: SideDecision, connection: Connection, shown: Shown) -> str:
    """The walk through the tiers at one end, then the words for how it ends."""
    steps = "".join(
        element("li", f"{text(step.tier)}: <b>{text(step.action.value)}</b>", "step")
        for step in side.steps
    )
    word = "allowed" if side.allowed else "denied"
    says = element("p", f"<b>{side_label(side)} {word}</b>: "
                        f"{text(reason_text(side, connection))}")  # fmt: skip
    wheres = [side.rule.where] if side.rule is not None else [one.where for one in side.pointed_at]
    wheres = [failsafe_at(side), *wheres]
    lines = "".join(excerpt(where, shown) for where in wheres[:3] if where is not None)
    return (element("ol", steps, "steps") if steps else "") + says + lines


def excerpt(where: Location | None, shown: Shown) -> str:
    """Some lines of the file from the place on, folded under its name."""
    if where is None:
        return ""
    found = resolve(where, shown.loaded)
    lines = "".join(_lines(found, shown))
    named = text(place(where, shown.loaded))
    return folded(named, element("pre", lines), "yaml") if lines else element("p", named, "soft")


def _lines(found: Location, shown: Shown) -> Iterator[str]:
    if not found.line:
        return
    lines = shown.lines(found.file)
    for number in range(found.line, min(len(lines), found.line + AROUND - 1) + 1):
        line = lines[number - 1]
        if number > found.line and line.startswith("---"):
            return
        cut = line if len(line) <= WIDE else f"{line[:WIDE]}..."
        mark = ' class="here"' if number == found.line else ""
        yield f"<span{mark}><i>{number:>5}</i> {text(cut)}</span>\n"
