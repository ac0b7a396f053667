"""The workspace: files in, verdicts out, and of either only what has changed is looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from netproof.api import compare as compare_loaded
from netproof.comparison.policies import CompareOptions
from netproof.comparisons import CompareReport
from netproof.pipeline import Looking, decided, default_world, noted
from netproof.verdicts import Outcome, Verdict
from netproof.verified import Report, VerifyOptions
from netproof.verifying.generated_labels import kinds_of
from netproof.verifying.unmatched import unmatched
from netproof.workspace.bearing import Bearing, Everywhere, Within, bearing_of, bears_on
from netproof.workspace.files import Listing
from netproof_encodings.meaning.claims import groups_of
from netproof_encodings.parts.atlases import Atlases
from netproof_encodings.vocabulary.mentioned import vocabulary_of
from netproof_specs.claims import PolicyClaim, Statement
from netproof_specs.frozen import Frozen, replace
from netproof_specs.loading import Loaded, LoadOptions, joined
from netproof_specs.loading.files import FileReading, Met, read_file
from netproof_specs.loading.patching import Basis, patched
from netproof_specs.loading.results import AS_USUAL
from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.problems import InputError, Problem
from netproof_specs.sources.finding import Content
from netproof_specs.sources.folders import Unread
from netproof_specs.worlds import World

Edits = Mapping[str, bytes | str | Content | None]
"""New texts of files by their names; None takes a file away."""


class Update(Frozen):
    """What came of some edits: the problems that keep some of them from being in force.

    `stale` names the files of which an earlier state, or none, is in force.
    """

    stale: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


class _Known(Frozen):
    """Verdicts, and the cluster and the question that they are on.

    `shared` is what some of the claims asked for that matters to all that were asked in its world.
    """

    cluster: Cluster
    shared: frozenset[_Shared]
    options: VerifyOptions
    verdicts: Mapping[Statement, Verdict]
    unmatched: _Unmatched


_Shared = tuple[World, str | None]
"""By its world, a block of addresses, whichever it is (None): with one, assumptions on addresses
are relevant to all claims. Or the key of a label of host endpoints: of these there are as many as
one of the claims can tell (D.15)."""


class _Unmatched(Frozen):
    """Notes on groups that match nothing, and the statements and idle workloads they are on."""

    statements: tuple[Statement, ...]
    dormant: tuple[Workload, ...]
    notes: tuple[Problem, ...]


class _Kinds:
    """Tells the kinds of workloads; a class because it remembers those that it looked at last."""

    def __init__(self) -> None:
        self._last: tuple[Sequence[Workload], frozenset[str]] = (), frozenset()

    def of(self, cluster: Cluster) -> frozenset[str]:
        """The same as `kinds_of`."""
        if self._last[0] is not cluster.workloads:
            self._last = cluster.workloads, kinds_of(cluster)
        return self._last[1]


class Workspace:
    """A cluster that stays loaded while its files change.

    A class because its state is the point of it: what each file states is kept until the file
    changes, and the verdict on a claim until something changes that can bear on it. Whatever the
    order of edits was, verdicts are those of a fresh run on the same files in order of their
    names; the example that is shown may be another one, and with more than 64 policies the core.
    """

    def __init__(self, options: LoadOptions = AS_USUAL) -> None:
        self._options = options
        self._met = Met()
        self._listing = Listing()
        self._wanted: dict[str, Content] = {}
        self._read: dict[str, tuple[Content, FileReading | None]] = {}
        self._good: dict[str, FileReading | None] = {}
        self._in_force = False
        self._basis: Basis | None = None
        self._known: _Known | None = None
        self._kinds = _Kinds()
        self._looking = Looking(Atlases().of, self._kinds.of)
        self.decided = 0
        """How many claims the last `verify` decided; it knew the others."""

    @property
    def loaded(self) -> Loaded:
        """The cluster in force; raises LookupError before there is one."""
        if self._basis is None:
            raise LookupError("nothing was loaded yet")
        return self._basis.loaded

    def update(self, edits: Edits, listing: Listing | None = None) -> Update:
        """Takes the edits in, as far as they have no mistakes.

        With a listing the files stand in its order, and what it knows of them is told with them.

        A file with a mistake keeps its last good state, and a new one is left out. Where files
        contradict each other, all of them stay as they were. What is not in force is tried again
        with every update.
        """
        told = listing or self._listing
        # Where all is in force, nothing but the edited files has to be looked at.
        known = self._in_force and told.names == self._listing.names
        self._listing = told
        for name, text in edits.items():
            known = known and text is not None and name in self._good
            if text is None:
                self._wanted.pop(name, None)
            else:
                self._wanted[name] = _content(name, text)
        chosen, stale, problems = self._readings(edits.keys() if known else None)
        self._in_force = False
        try:
            loaded = self._joined(chosen)
        except InputError as error:
            away = [name for name in chosen if chosen[name] is not self._good.get(name)]
            away += [name for name in self._good if name not in chosen]
            return Update(tuple(sorted({*stale, *away})), (*problems, *error.problems))
        self._good = chosen
        self._basis = Basis(loaded, _present(chosen))
        self._in_force = not stale
        return Update(tuple(stale), tuple(problems))

    def _readings(
        self, edited: Collection[str] | None
    ) -> tuple[dict[str, FileReading | None], list[str], list[Problem]]:
        """What each file states, or did when it was last right, in order of the names.

        Where only some have been `edited`, the others state what is in force.
        """
        chosen: dict[str, FileReading | None] = {} if edited is None else dict(self._good)
        stale: list[str] = []
        problems: list[Problem] = []
        names = self._ordered(self._wanted) if edited is None else _those(edited, chosen)
        for name in names:
            content = self._wanted[name]
            known = self._read.get(name)
            # The same object as before is the rule, and this loop runs for every file.
            same = known is not None and known[0] is content
            reading = known[1] if known is not None and same else self._reading(content)
            if reading is None or not reading.problems:
                chosen[name] = reading
                continue
            stale.append(name)
            problems += _told(reading, self._options)
            if name in self._good:
                chosen[name] = self._good[name]
        if edited is None:
            for name in self._read.keys() - self._wanted.keys():
                del self._read[name]
        return chosen, stale, problems

    def _joined(self, chosen: Mapping[str, FileReading | None]) -> Loaded:
        unread = Unread(self._listing.excluded, _foreign(chosen))
        readings = _present(chosen)
        same = None if self._basis is None else patched(self._basis, readings, unread)
        loaded = same or joined(readings, self._options, unread)
        return replace(loaded, paths=self._listing.paths)

    def _ordered(self, names: Iterable[str]) -> list[str]:
        """The names in the order of the listing, others behind it in order of their names."""
        left = dict.fromkeys(names)
        listed = [name for name in self._listing.names if name in left]
        if listed:
            left = dict.fromkeys(left.keys() - {*listed})
        return [*listed, *sorted(left)]

    def _reading(self, content: Content) -> FileReading | None:
        known = self._read.get(content.name)
        if known is None or (known[0] is not content and known[0] != content):
            known = content, read_file(content, self._options, self._met)
            self._read[content.name] = known
        return known[1]

    def verify(
        self, statements: Sequence[Statement], options: VerifyOptions | None = None
    ) -> Report:
        """The verdicts on the cluster in force; raises as `netproof.verify` does.

        Claims are decided on which some change since the last call can bear, and those of which
        nothing is known.
        """
        options = options or VerifyOptions()
        loaded = self.loaded
        default = options.world or default_world(loaded.cluster)
        shared = _sharing(statements, default)
        bearing = self._bearing()
        kept = self._kept(statements, options, frozenset(shared), bearing)
        asked = [one for one in statements if one not in kept]
        # With those that share something the same is relevant as if all were asked.
        worlds = {one.world or default for one in asked}
        sharing = dict.fromkeys(one for (world, _), one in shared.items() if world in worlds)
        asked += [one for one in sharing if one not in asked]
        fresh = decided(loaded.cluster, asked, options, looking=self._looking) if asked else ()
        found = {**kept, **dict(zip(asked, fresh, strict=True))}
        self.decided = len(asked)
        notes = self._unmatched(tuple(statements), bearing)
        self._known = _Known(loaded.cluster, frozenset(shared), options, found, notes)
        verdicts = tuple(found[one] for one in statements)
        return Report(noted(loaded, notes.notes, verdicts), options, verdicts)

    def _bearing(self) -> Bearing:
        """What has changed since the last verdicts can bear on."""
        known = self._known
        return (
            Everywhere()
            if known is None
            else bearing_of(known.cluster, self.loaded.cluster, self._kinds.of)
        )

    def _unmatched(self, statements: tuple[Statement, ...], bearing: Bearing) -> _Unmatched:
        """The notes on groups that match nothing.

        Where there are pods, policies matter to them by the namespaces that they name alone, and
        those are the same unless a change can bear on everything.
        """
        loaded = self.loaded
        asked = statements, loaded.dormant
        if self._known is not None and loaded.cluster.workloads and isinstance(bearing, Within):
            known = self._known.unmatched
            if (known.statements, known.dormant) == asked:
                return known
        return _Unmatched(*asked, tuple(unmatched(loaded, statements)))

    def _kept(
        self,
        statements: Sequence[Statement],
        options: VerifyOptions,
        shared: frozenset[_Shared],
        bearing: Bearing,
    ) -> dict[Statement, Verdict]:
        """The verdicts that are known and stay."""
        known, cluster = self._known, self.loaded.cluster
        if known is None or (known.options, known.shared) != (options, shared):
            return {}
        if isinstance(bearing, Everywhere):
            return {}
        default = default_world(cluster)
        here = {*map(id, cluster.every_policy)}
        kept = {}
        for one in statements:
            verdict = known.verdicts.get(one)
            world = one.world or options.world or default
            if verdict is None or not _is_final(verdict, here):
                continue
            if not bears_on(bearing, one.claim, world, cluster):
                kept[one] = verdict
        return kept

    def compare(
        self,
        edits: Edits,
        options: CompareOptions | None = None,
        expectation: str = "equivalent",
    ) -> CompareReport:
        """How the policies would stand after the edits to those in force, which stay in force.

        Raises InputError for mistakes in the edited files, and as `netproof.compare` does.
        """
        old = self.loaded
        chosen = dict(self._good)
        for name, text in edits.items():
            if text is None:
                chosen.pop(name, None)
            else:
                chosen[name] = read_file(_content(name, text), self._options, self._met)
        new = self._joined({name: chosen[name] for name in self._ordered(chosen)})
        return compare_loaded(old, new, options, expectation)


def _sharing(statements: Sequence[Statement], default: World) -> dict[_Shared, Statement]:
    """What claims ask for that matters to others, each with the first claim that does."""
    found: dict[_Shared, Statement] = {}
    for one in statements:
        if not isinstance(one.claim, PolicyClaim):
            groups = [group.endpoints for group in groups_of(one.claim)]
            mentioned = vocabulary_of((), groups, ())
            keys = [key for key, _ in mentioned.host_labels]
            for what in (*([None] if mentioned.blocks else ()), *keys):
                found.setdefault((one.world or default, what), one)
    return found


def _content(name: str, text: bytes | str | Content) -> Content:
    if isinstance(text, Content):
        return text
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return Content(name, data)


def _those(wanted: Collection[str], names: Iterable[str]) -> list[str]:
    """Those that are wanted, in the order of the names."""
    return [one for one in names if one in wanted]


def _present(readings: Mapping[str, FileReading | None]) -> list[FileReading]:
    return [one for one in readings.values() if one is not None]


def _foreign(readings: Mapping[str, FileReading | None]) -> tuple[str, ...]:
    return tuple(name for name, one in readings.items() if one is None)


def _told(reading: FileReading, options: LoadOptions) -> tuple[Problem, ...]:
    """The problems of one file, as a load of it alone words them."""
    try:
        joined([reading], options)
    except InputError as error:
        return error.problems
    return tuple(reading.problems)


def _is_final(verdict: Verdict, here: set[int]) -> bool:
    """Whether more time would change nothing, and all policies that it names are still there."""
    robustness = verdict.robustness
    cut_short = verdict.outcome is Outcome.UNKNOWN or (
        robustness is not None and not robustness.complete
    )
    return not cut_short and all(id(one) in here for one in verdict.core or ())
