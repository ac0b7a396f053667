"""What a report has to be read with: one list of facts, which every format renders.

A verdict holds of a world, under assumptions, for the bytes that were read. Formats differ in how
they show that, and none of them chooses which of it to show: each takes the lists made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING

from netproof.about import VERSION, about
from netproof.reports.without import plural
from netproof.reports.words import counted, safe
from netproof_encodings.lowering import asked_by
from netproof_specs.assumptions import Assumptions, value_of
from netproof_specs.frozen import Frozen
from netproof_specs.loading import KindCount, Loaded, Source
from netproof_specs.problems import Problem
from netproof_specs.worlds import World

if TYPE_CHECKING:
    from netproof.explaining.tracing import Explanation
    from netproof.lint.running import LintReport

ENFORCEMENT = "What policies deny is denied only where a network plug-in enforces them (A.49)."


class Name(Enum):
    """What a fact is about; the value is its name in reports."""

    REASON = "reason"
    CONTROL = "control"
    """The controls that a claim is evidence for; of a report, how the claims of each stand."""
    OWNER = "owner"
    SEVERITY = "severity"
    TAGS = "tags"
    ACCEPTED = "accepted"
    """Who accepted that a claim is refuted, until when and why."""
    JUDGED = "judged"
    """By what verdicts do or do not fail the run, where that is not plain."""
    READING = "reading"
    WORLD = "world"
    IN_INPUT = "in the input"
    """Whether the input itself has a connection such as the one that is shown."""
    CONCERNED = "concerned"
    """Whom in the input connections concern that break a claim as the one does that is shown."""
    EXPLAIN = "explained by"
    """The command that traces the connection that is shown."""
    COMPARED = "compared"
    """What a comparison looks at, and what differs besides."""
    OBJECT = "differing object"
    RESTS_ON = "rests on"
    ASSUMPTIONS = "assumptions"
    """How a verdict depends on the assumptions: what turns it, or that nothing does."""
    ASSUMED = "assumed"
    """The value of every assumption."""
    WITHOUT = "without"
    """What the user left out, so that nothing is said of the cluster with it."""
    INPUT = "input"
    DIGEST = "input sha256"
    """One digest of all input files, that of the lines which `sha256sum FILE...` prints."""
    FILE = "input file"
    """A file with its digest."""
    SPEC_DIGEST = "spec sha256"
    SPEC_FILE = "spec file"
    FLEET = "fleet file"
    NOT_VERIFIED = "not verified"
    """Why nothing was decided of a cluster."""
    SKIPPED = "skipped kinds"
    NOTE = "note"
    WRITTEN_BY = "written by"
    ENFORCEMENT = "enforcement"


LONG = frozenset({Name.FILE, Name.SPEC_FILE, Name.OBJECT})
"""Lists without bound. Where there is no room for them, another fact stands for each."""


class Fact(Frozen):
    """A thing to know, in one value or several; `of` is the side of a comparison that it is of.

    Values are plain text, without control characters but for line ends within a note.
    """

    name: Name
    values: tuple[str, ...]
    of: str = ""

    @property
    def title(self) -> str:
        """The name with its side: `old input`."""
        return f"{self.of} {self.name.value}".strip()


Facts = tuple[Fact, ...]


def lint_facts(report: LintReport) -> Facts:
    """What lint's findings are to be read with; each says for which world it is proved."""
    return _input_and_tool(report.loaded, report.options.assumptions, about())


def _input_and_tool(loaded: Loaded, assumptions: Assumptions, tool: str) -> Facts:
    return (
        assumed_fact(assumptions, loaded),
        *without_facts(loaded),
        *input_facts(loaded),
        *ending_facts(tool),
    )


def map_facts(loaded: Loaded, assumptions: Assumptions) -> Facts:
    """What a map of connections is to be read with. Nothing of it comes from a solver."""
    tool = f"netproof {VERSION}"
    return world_fact(World.SNAPSHOT), *_input_and_tool(loaded, assumptions, tool)


def explain_facts(loaded: Loaded, found: Explanation) -> Facts:
    """What one explanation is to be read with."""
    return map_facts(loaded, found.assumptions)


def world_fact(world: World) -> Fact:
    """What was ranged over."""
    return Fact(Name.WORLD, (world.value,))


def assumed_fact(assumptions: Assumptions, *loaded: Loaded) -> Fact:
    """Every assumption that the input asks for, with its value."""
    asked = asked_by(policy for one in loaded for policy in one.cluster.every_policy)
    values = ", ".join(f"{one.value}={value_of(one, assumptions)}" for one in asked)
    return Fact(Name.ASSUMED, (values,))


def without_facts(loaded: Loaded) -> Iterator[Fact]:
    """What the user left out, a kind a value."""
    if loaded.without:
        yield Fact(Name.WITHOUT, tuple(map(_left_out, loaded.without)))


def _left_out(one: KindCount) -> str:
    number = counted(one.count, safe(one.kind), safe(plural(one.kind)))
    return f"{number} of {safe(one.api_version)}"


def input_facts(loaded: Loaded) -> Iterator[Fact]:
    """What was read, from which bytes, what was left out, and what the reader says of it."""
    cluster = loaded.cluster
    parts = (
        counted(len(loaded.sources), "file"),
        counted(cluster.policy_count, "policy", "policies"),
        counted(sum(one.replicas for one in cluster.workloads), "pod"),
        counted(len(cluster.namespaces), "namespace"),
        *([counted(len(cluster.hosts), "host endpoint")] if cluster.hosts else []),
    )
    yield Fact(Name.INPUT, (", ".join(parts),))
    yield from source_facts(loaded.sources, Name.DIGEST, Name.FILE)
    if loaded.skipped:
        kinds = ", ".join(f"{count} {safe(kind)}" for kind, count in loaded.skipped)
        yield Fact(Name.SKIPPED, (kinds,))
    yield from note_facts(loaded.notes)


def note_facts(notes: Sequence[Problem]) -> Iterator[Fact]:
    """What the reader says of the input."""
    if notes:
        yield Fact(Name.NOTE, tuple(_lines(str(note)) for note in notes))


def digest_of(sources: Sequence[Source]) -> str:
    """The SHA-256 of what `sha256sum FILE...` prints for the files, in the order of the report."""
    listed = "".join(f"{one.sha256}  {one.name}\n" for one in sources)
    return sha256(listed.encode("utf-8", "surrogatepass")).hexdigest()


def source_facts(sources: Sequence[Source], digest: Name, file: Name) -> Iterator[Fact]:
    """One digest of all the files, then that of each."""
    if sources:
        yield Fact(digest, (digest_of(sources),))
        yield Fact(file, tuple(f"{safe(one.name)} sha256 {one.sha256}" for one in sources))


def ending_facts(tool: str) -> Facts:
    """What every report ends with."""
    return Fact(Name.WRITTEN_BY, (tool,)), Fact(Name.ENFORCEMENT, (ENFORCEMENT,))


def _lines(text: str) -> str:
    return "\n".join(safe(line) for line in text.splitlines())


# --- facts as lines ---------------------------------------------------------------------------


def fact_lines(facts: Iterable[Fact]) -> Iterator[str]:
    """A line a value, more for a note of several; for each long list its digest stands."""
    for fact in facts:
        for value in () if fact.name in LONG else fact.values:
            if fact.name is Name.ENFORCEMENT:
                yield value
            else:
                yield from f"{fact.title}: {value}".split("\n")


def all_lines(facts: Iterable[Fact]) -> Iterator[str]:
    """The same with the long lists."""
    return (
        line
        for fact in facts
        for value in fact.values
        for line in f"{fact.title}: {value}".split("\n")
    )
