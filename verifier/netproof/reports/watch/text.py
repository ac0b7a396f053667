"""What a change turns, as text: each verdict that is new, in the words of `verify`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netproof.reports.facts import fact_lines, note_facts
from netproof.reports.text import tally_text, verdict_lines, verify_text
from netproof.reports.without import verdict_text
from netproof.reports.words import counted, safe
from netproof.verified import Report
from netproof.verifying.standing import remark
from netproof.workspace.watching import News, Turned
from netproof_specs.problems import Problem

MANY_FILES = 12


def first_text(news: News, files: int) -> str:
    """How it stands at first, as `verify` tells it."""
    told = "" if news.report is None else verify_text(news.report)
    return f"{told}\nwatching {counted(files, 'file')}; Ctrl-C ends it\n"


def news_text(news: News, earlier: Sequence[Problem]) -> str:
    """What came of a change, coloured; `earlier` are problems that were told before."""
    blocks = [
        "\n".join(_changes(news)),
        "\n".join(_mistakes(news, earlier)),
        *_verdicts(news),
        "\n".join(_standing(news)),
    ]
    return "\n" + "\n\n".join(block for block in blocks if block) + "\n"


def _changes(news: News) -> Iterator[str]:
    for word, names in (("changed", news.changed), ("removed", news.removed)):
        shown = [safe(one) for one in names[:MANY_FILES]]
        if len(names) > len(shown):
            shown.append(f"and {len(names) - len(shown)} more")
        yield from (f"{'' if place else word:<15} {one}" for place, one in enumerate(shown))


def _mistakes(news: News, earlier: Sequence[Problem]) -> Iterator[str]:
    fresh = [one for one in news.problems if one not in earlier]
    yield from (safe(line) for one in fresh for line in str(one).splitlines())
    if earlier and not news.problems:
        yield "every mistake is mended"


def _verdicts(news: News) -> Iterator[str]:
    if news.report is not None:
        for one in news.turned:
            yield "\n".join(_turned(one, news.report))


def _turned(one: Turned, report: Report) -> Iterator[str]:
    head, *rest = verdict_lines(one.verdict, report)
    yield head
    yield f"  {'before':<15} {_before(one, report)}"
    yield from rest


def _before(one: Turned, report: Report) -> str:
    if one.before is None:
        return "not asked"
    word = verdict_text(one.before.outcome.value, report.loaded)
    added = remark(one.before, report.judging)
    return f"{word} ({added})" if added else word


def _standing(news: News) -> Iterator[str]:
    """What is in force, and by what state of the files."""
    yield from (f"no longer asked: {safe(one.id)}: {safe(one.text)}" for one in news.dropped)
    if news.report is None:
        yield "no verdict is in force: the claims cannot be asked of the files as they are"
        return
    yield tally_text(news.report) + ("" if news.turned or news.dropped else "; as before")
    yield from fact_lines(note_facts(news.notes))
    yield from _not_in_force(news, news.report)


def _not_in_force(news: News, report: Report) -> Iterator[str]:
    """The warning that the verdicts are on an earlier state of some files, or without them."""
    known = {one.name for one in report.loaded.sources}
    named = [one.where.file for one in news.problems if one.where is not None]
    names = list(dict.fromkeys([*news.stale, *named]))
    for name in names[:MANY_FILES]:
        left_out = name in news.stale and name not in known
        how = "it is left out" if left_out else "its last good state counts"
        yield f"{'not in force':<15} {safe(name)}: {how}"
    if len(names) > MANY_FILES:
        yield f"{'':<15} and {len(names) - MANY_FILES} more"
    if news.problems and not names:
        yield f"{'not in force':<15} what could not be read: its last good state counts"
