"""Claims on files that change: what each change turns."""

from __future__ import annotations

from collections.abc import Callable, Collection

from netproof.reports.words import endpoint_name
from netproof.verdicts import Evidence, Outcome, Verdict
from netproof.verified import Report, VerifyOptions
from netproof.verifying.standing import Judging
from netproof.workspace.files import Files, Look
from netproof.workspace.state import Update, Workspace
from netproof_specs.claims import Statement
from netproof_specs.frozen import Frozen, replace
from netproof_specs.loading import LoadOptions, Source
from netproof_specs.problems import InputError, Problem


class Asked(Frozen):
    """What spec files and options ask for at a time.

    `sources` are the spec files, `files` their names with those that they include; `exclude` are
    globs of manifests that they leave out.
    """

    statements: tuple[Statement, ...]
    sources: tuple[Source, ...]
    files: tuple[str, ...]
    exclude: tuple[str, ...]


class Watch(Frozen):
    """What is watched and how; `ask` reads the spec files again, and raises as they deserve.

    `judge` says by what verdicts are judged, which changes with the day.
    """

    paths: tuple[str, ...]
    reading: LoadOptions
    deciding: VerifyOptions
    ask: Callable[[], Asked]
    judge: Callable[[], Judging]


class Turned(Frozen):
    """A claim whose verdict, or how it stands, is another than before; None if it is new."""

    verdict: Verdict
    before: Verdict | None


class News(Frozen):
    """What came of a change.

    `report` has every verdict that is in force, None where the claims cannot be asked of what the
    files state now. `dropped` are claims that are asked no more. `problems` are all that are open,
    `stale` the files that count as they were before, or are left out where they are new.
    `notes` are remarks on the input that were not made before. `decided` counts the claims that
    were decided again.
    """

    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    report: Report | None = None
    turned: tuple[Turned, ...] = ()
    dropped: tuple[Statement, ...] = ()
    problems: tuple[Problem, ...] = ()
    stale: tuple[str, ...] = ()
    notes: tuple[Problem, ...] = ()
    decided: int = 0


class Watcher:
    """The claims on a cluster whose files change.

    A class because it remembers what was in force, to tell what has turned.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._workspace = Workspace(watch.reading)
        self._asked = watch.ask()
        self._unread: tuple[Problem, ...] = ()
        self._unasked: tuple[Problem, ...] = ()
        self._said: dict[tuple[str, str], tuple[Verdict, bool]] = {}
        self._noted: frozenset[Problem] = frozenset()
        self._files = Files(watch.paths, (), ())
        self._settle()

    @property
    def spec_files(self) -> tuple[str, ...]:
        """The spec files, and those that they include."""
        return self._asked.files

    @property
    def file_count(self) -> int:
        """How many manifests are watched."""
        return len(self._files.listing.names)

    def begin(self) -> News:
        """How it stands; raises InputError as `verify` does, for any mistake there is."""
        look, update = self._take(())
        problems = (*look.problems, *update.problems)
        news = None if problems else self._news(look, update)
        if news is None or news.report is None:
            raise InputError(problems if news is None else news.problems)
        return news

    def after(self, touched: Collection[str]) -> News | None:
        """What came of a change, given the full paths that something was heard of.

        None where nothing is other than it was.
        """
        asked, told = self._asked, (self._unread, self._unasked)
        if not self._files.holds(touched):
            self._ask()
        look, update = self._take(touched)
        self._unread = look.problems
        same = (self._unread, self._unasked) == told and self._asked == asked
        return None if same and not look.edits else self._news(look, update)

    def _ask(self) -> None:
        """Reads the spec files again; with a mistake in them the last good state counts."""
        try:
            self._asked, self._unasked = self._watch.ask(), ()
        except InputError as error:
            self._unasked = error.problems
        self._settle()

    def _settle(self) -> None:
        globs = (*self._watch.reading.exclude, *self._asked.exclude)
        self._files.settle(self._asked.files, globs)

    def _take(self, touched: Collection[str]) -> tuple[Look, Update]:
        look = self._files.look(touched)
        return look, self._workspace.update(look.edits, self._files.listing)

    def _news(self, look: Look, update: Update) -> News:
        changed = tuple(name for name, one in look.edits.items() if one is not None)
        news = News(
            changed,
            tuple(name for name in look.edits if name not in changed),
            problems=(*look.problems, *self._unasked, *update.problems),
            stale=update.stale,
        )
        try:
            decided = self._workspace.verify(self._asked.statements, self._watch.deciding)
        except InputError as error:
            return replace(news, problems=(*news.problems, *error.problems))
        report = replace(decided, specs=self._asked.sources, judging=self._watch.judge())
        turned, dropped = self._compared(report)
        notes = tuple(one for one in report.loaded.notes if one not in self._noted)
        self._noted = frozenset(report.loaded.notes)
        count = self._workspace.decided
        return replace(
            news, report=report, turned=turned, dropped=dropped, notes=notes, decided=count
        )

    def _compared(self, report: Report) -> tuple[tuple[Turned, ...], tuple[Statement, ...]]:
        before = self._said
        self._said = {
            (one.statement.id, one.statement.text): (one, report.judging.fails(one))
            for one in report.verdicts
        }
        turned = []
        for key, (verdict, fails) in self._said.items():
            known = before.get(key)
            if known is None:
                turned.append(Turned(verdict, None))
            elif known[1] is not fails or is_other(known[0], verdict):
                turned.append(Turned(verdict, known[0]))
        gone = [one.statement for key, (one, _) in before.items() if key not in self._said]
        return tuple(turned), tuple(gone)


def is_other(before: Verdict, now: Verdict) -> bool:
    """Whether there is something new to say of a claim: its verdict, or what refutes it."""
    if (before.outcome, before.world) != (now.outcome, now.world):
        return True
    return now.outcome is not Outcome.PROVED and _shown(before) != _shown(now)


def _shown(verdict: Verdict) -> object:
    """What is shown for a verdict that is no proof, as far as it does not move with the lines."""
    grounds = verdict.grounds
    if not isinstance(grounds, Evidence):
        return None
    found = grounds.connection
    ends = endpoint_name(found.source), endpoint_name(found.destination)
    return ends, found.protocol, found.port
