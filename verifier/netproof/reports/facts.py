"""What a report has to be read with: one list of facts, which every format renders.

A verdict holds of a world, under assumptions, for the bytes that were read. Formats differ in how
they show that, and none of them chooses which of it to show: each takes the lists made here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING

from netproof.about import about, version
from netproof.comparisons import CompareReport, Difference, ObjectChange
from netproof.pipeline import Report
from netproof.reports.verify.concerned_words import concerned_lines, explain_command, of_the_input
from netproof.reports.without import plural, verdict_text
from netproof.reports.words import counted, in_input_text, place, safe
from netproof.verdicts import Evidence, Proof, Robustness, Turn, Verdict
from netproof.verifying.standing import GROUPINGS, Tally, tallies
from netproof_encodings.lowering import asked_by, asks_for_parts
from netproof_specs.assumptions import READINGS, Assumptions, meaning_of, value_of
from netproof_specs.claims import DeniedByDefault
from netproof_specs.filing import Acceptance, Filing
from netproof_specs.loading import KindCount, Loaded, Source
from netproof_specs.worlds import World

if TYPE_CHECKING:
    from netproof.comparison.connectivity import ConnectivityReport
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

MANY_OBJECTS = 12


@dataclass(frozen=True, slots=True)
class Fact:
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


def verify_facts(report: Report) -> Facts:
    """What holds of all verdicts of a report; `claim_facts` has what holds of one."""
    return (
        *filing_facts(report),
        assumed_fact(report.options.assumptions, report.loaded),
        *without_facts(report.loaded),
        *input_facts(report.loaded),
        *source_facts(report.specs, Name.SPEC_DIGEST, Name.SPEC_FILE),
        *ending_facts(about()),
    )


def claim_facts(verdict: Verdict, loaded: Loaded) -> Facts:
    """What one verdict is to be read with."""
    return tuple(_claim_facts(verdict, loaded))


def _claim_facts(verdict: Verdict, loaded: Loaded) -> Iterator[Fact]:
    if verdict.statement.reason:
        yield Fact(Name.REASON, (safe(verdict.statement.reason),))
    yield from _filed(verdict.statement.filing)
    yield Fact(Name.READING, (safe(verdict.reading),))
    yield world_fact(verdict.world)
    if isinstance(verdict.grounds, Evidence | Difference):
        text = in_input_text(verdict.grounds.in_input, loaded)
        yield from (Fact(Name.IN_INPUT, (one,)) for one in (text,) if one)
    shown = of_the_input(verdict)
    # The map that counts whom it concerns holds no host endpoints.
    counts = not isinstance(verdict.statement.claim, DeniedByDefault) and not loaded.cluster.hosts
    if shown is not None and verdict.counterexample is not None and counts:
        yield Fact(Name.CONCERNED, tuple(concerned_lines(shown.concerned)))
    if command := explain_command(verdict, loaded):
        yield Fact(Name.EXPLAIN, (command,))
    if isinstance(verdict.grounds, Proof):
        yield Fact(Name.RESTS_ON, tuple(_proof(verdict.grounds, loaded)))
    if verdict.robustness is not None:
        lines = tuple(_robustness(verdict.robustness, verdict.assumptions, loaded))
        yield Fact(Name.ASSUMPTIONS, lines)


def _filed(filing: Filing) -> Iterator[Fact]:
    """Under what a claim is filed."""
    if filing.controls:
        yield Fact(Name.CONTROL, tuple(map(safe, filing.controls)))
    if filing.owner:
        yield Fact(Name.OWNER, (safe(filing.owner),))
    if filing.severity:
        yield Fact(Name.SEVERITY, (filing.severity.value,))
    if filing.tags:
        yield Fact(Name.TAGS, (safe(", ".join(filing.tags)),))
    if filing.accepted:
        yield Fact(Name.ACCEPTED, (acceptance_text(filing.accepted),))


def acceptance_text(accepted: Acceptance) -> str:
    """Until when, by whom, under which ticket, and why."""
    ticket = f" ({accepted.ticket})" if accepted.ticket else ""
    text = f"until {accepted.until.isoformat()} by {accepted.by}{ticket}: {accepted.because}"
    return safe(text)


def filing_facts(report: Report) -> Iterator[Fact]:
    """How the claims of each control, owner and severity stand, and by what they are judged."""
    for name in (Name.CONTROL, Name.OWNER, Name.SEVERITY):
        found = tallies(report.verdicts, report.judging, GROUPINGS[name.value])
        if found:
            yield Fact(name, tuple(map(tally_line, found)))
    if judged := tuple(_judged(report)):
        yield Fact(Name.JUDGED, judged)


def tally_line(tally: Tally) -> str:
    """`PCI-DSS 1.3.1: 3 claims: 2 proved, 1 refuted; 1 of them excused, none fails`."""
    counts = ", ".join(f"{number} {one.value.lower()}" for one, number in tally.outcomes)
    excused = f"; excused: {tally.excused}" if tally.excused else ""
    fails = f"failing: {tally.failing}" if tally.failing else "none is failing"
    return f"{safe(tally.name)}: {counted(tally.claims, 'claim')}: {counts}{excused}; {fails}"


def _judged(report: Report) -> Iterator[str]:
    judging = report.judging
    if any(one.statement.filing.accepted for one in report.verdicts):
        strict = "; an acceptance that is not needed fails" if judging.strict else ""
        yield f"acceptances as of {judging.today.isoformat()}{strict}"
    if judging.known is not None:
        known = counted(len(judging.known), "failure")
        yield f"against a baseline with {known}"


def compare_facts(report: CompareReport) -> Facts:
    """What a comparison is to be read with."""
    found = report.comparison
    return (
        *compared_facts("policies only", report.objects),
        world_fact(found.world),
        assumed_fact(found.assumptions, report.old, report.new),
        *_of_sides(without_facts, report.old, report.new),
        *side_facts(report.old, report.new),
        *_parts_fact(report),
        *ending_facts(about()),
    )


def _parts_fact(report: CompareReport) -> Facts:
    """That a value in a region may stand for others, where selectors ask for parts of values."""
    policies = (*report.old.cluster.policies, *report.new.cluster.policies)
    if not report.comparison.regions or not asks_for_parts(policies):
        return ()
    return (Fact(Name.NOTE, (_STANDS_FOR,)),)


_STANDS_FOR = (
    "selectors ask for parts of values: where they do, a value in a region stands for every value "
    "that they do not tell apart from it (D.31)"
)


def connectivity_facts(report: ConnectivityReport) -> Facts:
    """What a comparison of connectivity is to be read with. Nothing of it comes from a solver."""
    return (
        *compared_facts("connectivity of everything given", report.objects),
        world_fact(World.SNAPSHOT),
        assumed_fact(report.assumptions, report.old, report.new),
        *_of_sides(without_facts, report.old, report.new),
        *side_facts(report.old, report.new),
        *ending_facts(f"netproof {version()}"),
    )


def compared_facts(what: str, objects: Sequence[ObjectChange]) -> Facts:
    """What is compared, and which namespaces and workloads differ between the sides."""
    if not objects:
        return (Fact(Name.COMPARED, (what,)),)
    names = tuple(object_text(one) for one in objects)
    more = len(names) - MANY_OBJECTS
    shown = "; ".join((*names[:MANY_OBJECTS], *((f"{more} more",) if more > 0 else ())))
    differ = "these objects differ" if len(names) > 1 else "this object differs"
    return Fact(Name.COMPARED, (f"{what}; {differ}: {shown}",)), Fact(Name.OBJECT, names)


def object_text(one: ObjectChange) -> str:
    """`Deployment shop/web (changed: labels)`."""
    name = f"{one.namespace}/{one.name}" if one.namespace else one.name
    differing = f": {', '.join(one.differing)}" if one.differing else ""
    return f"{safe(one.kind)} {safe(name)} ({one.fate.value}{differing})"


def lint_facts(report: LintReport) -> Facts:
    """What lint's findings are to be read with; each says for which world it is proved."""
    return (
        assumed_fact(report.options.assumptions, report.loaded),
        *without_facts(report.loaded),
        *input_facts(report.loaded),
        *ending_facts(about()),
    )


def map_facts(loaded: Loaded, assumptions: Assumptions) -> Facts:
    """What a map of connections is to be read with. Nothing of it comes from a solver."""
    return (
        world_fact(World.SNAPSHOT),
        assumed_fact(assumptions, loaded),
        *without_facts(loaded),
        *input_facts(loaded),
        *ending_facts(f"netproof {version()}"),
    )


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


def side_facts(old: Loaded, new: Loaded) -> Facts:
    """What was read on either side of a comparison."""
    return tuple(_of_sides(input_facts, old, new))


def _of_sides(
    facts: Callable[[Loaded], Iterator[Fact]], old: Loaded, new: Loaded
) -> Iterator[Fact]:
    for word, side in (("old", old), ("new", new)):
        yield from (replace(one, of=word) for one in facts(side))


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
    )
    yield Fact(Name.INPUT, (", ".join(parts),))
    yield from source_facts(loaded.sources, Name.DIGEST, Name.FILE)
    if loaded.skipped:
        kinds = ", ".join(f"{count} {safe(kind)}" for kind, count in loaded.skipped)
        yield Fact(Name.SKIPPED, (kinds,))
    if loaded.notes:
        yield Fact(Name.NOTE, tuple(_lines(str(note)) for note in loaded.notes))


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


def _proof(proof: Proof, loaded: Loaded) -> Iterator[str]:
    """How many policies a proof rests on, and then which."""
    if not proof.core:
        yield "no policy: it holds whichever of these policies are present"
        return
    number = counted(len(proof.core), "policy", "policies")
    minimal = "" if proof.minimal else "; perhaps fewer would do"
    yield f"{number}; any other may be present or absent{minimal}"
    for policy in proof.core:
        yield f"{safe(policy.title)}  ({place(policy.where, loaded)})"


def _robustness(
    found: Robustness, assumptions: Assumptions, loaded: Loaded
) -> Iterator[str]:
    """What turns the verdict, or that nothing does as far as that is known."""
    for turn in found.turns:
        yield _turn(turn, assumptions, loaded)
    if not found.complete:
        yield "a limit was reached before all of them were tried"
    elif not found.turns:
        yield "holds under every assumption" if found.relevant else "none bears on it"


def _turn(turn: Turn, assumptions: Assumptions, loaded: Loaded) -> str:
    flipped = assumptions.symmetric_difference(turn.flipped)
    given = " and ".join(f"{one.value}={value_of(one, assumptions)}" for one in turn.flipped)
    other = " and ".join(f"{one.value}={value_of(one, flipped)}" for one in turn.flipped)
    why = "; ".join(
        f"{meaning_of(one, assumptions)} ({READINGS[one].clause})" for one in turn.flipped
    )
    outcome = verdict_text(turn.outcome.value, loaded)
    return f"rests on {given}: {why}; {outcome} with {other}"


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
