"""Lint as a whole: a loaded input in, findings in the order of the input out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from netproof.lint.codes import CODES, Severity
from netproof.lint.directions import (
    empty_directions,
    ignored_directions,
    implied_ingress,
    open_pods,
    undone_denies,
)
from netproof.lint.dns import dns_over_tcp, without_dns
from netproof.lint.facts import Facts
from netproof.lint.findings import Finding, Suppressed
from netproof.lint.ground import Ground
from netproof.lint.matching import (
    contradictions,
    idle_policies,
    idle_rules,
    undeclared_names,
    unknown_namespace_labels,
)
from netproof.lint.nulls import dropped_fields, nulls
from netproof.lint.order import CODES as BY_ORDER
from netproof.lint.order import by_order
from netproof.lint.overlaps import repeated_elements, unions
from netproof.lint.redundancy import Removed, redundancies
from netproof.lint.removals import Settings
from netproof.lint.spelling import misspelt
from netproof.lint.suppression import split
from netproof.solving import Limits
from netproof.undecided import refuse_undecided
from netproof.verifying.undeclared import with_undeclared
from netproof_specs.assumptions import DEFAULTS, Assumptions
from netproof_specs.frozen import Frozen, field, replace
from netproof_specs.loading import Loaded, resolve
from netproof_specs.locations import Location
from netproof_specs.problems import Problem
from netproof_specs.steps import Step, Watch, unwatched

PROVED = frozenset({"NP005", "NP006", "NP007", "NP008", "NP009"}) | BY_ORDER
"""The codes whose findings the solver proves."""

_RULES = ("NP006", "NP007", "NP009")
"""The codes of rules without effect, of which NP027 says why."""

_WRITTEN: tuple[Callable[[Facts], Iterable[Finding]], ...] = (
    dropped_fields,
    ignored_directions,
    implied_ingress,
    empty_directions,
    nulls,
    without_dns,
    dns_over_tcp,
    undeclared_names,
    open_pods,
    undone_denies,
    unions,
    repeated_elements,
)
"""The families whose findings stand on their own."""


class LintOptions(Frozen):
    """Which codes to look for, and under which assumptions and limits to prove."""

    codes: frozenset[str] = frozenset(CODES)
    assumptions: Assumptions = DEFAULTS
    limits: Limits = field(default_factory=Limits)


class LintReport(Frozen):
    """Everything that a report of findings says, in the order of the input.

    `undecided` names what a limit of the solver left open; nothing was found of it.
    `stopped_because` says why checks were left out, if some were.
    """

    loaded: Loaded
    options: LintOptions
    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]
    undecided: tuple[str, ...]
    stopped_because: str = ""


class _OutOfTimeError(Exception):
    """The deadline was reached before a check."""


def lint(
    loaded: Loaded, options: LintOptions | None = None, watch: Watch = unwatched
) -> LintReport:
    """Every finding on the loaded input, or those that were made until the deadline."""
    options = options or LintOptions()
    refuse_undecided(loaded.cluster)
    facts = Facts(loaded, options.assumptions)
    found: list[Finding] = []
    undecided: list[str] = []
    stopped = ""
    try:
        for part in _looked(facts, options, watch):
            found += part.findings
            undecided += part.undecided
    except _OutOfTimeError as error:
        stopped = str(error)
    chosen = (one for one in found if one.code in options.codes)
    kept, suppressed = split(_in_order(chosen, loaded), facts)
    told = replace(loaded, notes=(*loaded.notes, *_of_passages(facts)))
    told = with_undeclared(told, loaded.cluster.every_policy)
    return LintReport(told, options, kept, suppressed, tuple(undecided), stopped)


def _of_passages(facts: Facts) -> Iterator[Problem]:
    """A note where host endpoints can differ too much in what they let through (D.37)."""
    if facts.passages_anywhere is None:
        yield Problem(
            None,
            "there are too many ways in which policies with applyOnForward can select a host "
            "endpoint of any cluster: of these policies it is said neither what can be removed "
            "there, nor which rules are never reached, nor what their order decides of what "
            "passes hosts",
            "",
            "passages-not-looked-at",
            "D.37",
        )


def _looked(facts: Facts, options: LintOptions, watch: Watch) -> Iterator[Removed]:
    """What each family of checks finds; raises _OutOfTimeError.

    Whether something can be removed is asked early, while the solver is not loaded and processes
    can fork.
    """

    def begin(check: str) -> None:
        watch(Step("looking for", detail=check))
        if because := options.limits.open_because():
            raise _OutOfTimeError(because)

    begin("selectors that match nothing")
    contradictory = list(contradictions(facts))
    idle = [*idle_policies(facts), *idle_rules(facts, frozenset())]
    yield Removed(tuple(contradictory), ())
    if PROVED & options.codes:
        begin("what can be removed")
        settings = Settings(options.assumptions, options.limits)
        ground = Ground(facts, settings, _places([*idle, *contradictory]))
        removed = redundancies(ground, watch)
        begin("what the order decides")
        placed = by_order(ground)
        lost = _places(one for one in placed.findings if one.code == "NP027")
        left = [one for one in removed.findings if one.code not in _RULES or one.where not in lost]
        yield replace(removed, findings=tuple(_unexplained(left, contradictory)))
        yield Removed(placed.findings, placed.undecided)
    begin("labels that are misspelt or unknown")
    yield Removed(tuple(_unmatched(facts)), ())
    for family in _WRITTEN:
        begin(family.__name__.replace("_", " "))
        yield Removed(tuple(family(facts)), ())


def _unexplained(
    removable: Iterable[Finding], contradictory: Iterable[Finding]
) -> Iterator[Finding]:
    """What can be removed, but for what has no effect because its selector is contradictory."""
    broken = [one.where for one in contradictory if one.where is not None]
    for one in removable:
        where = one.where
        if where is None or not any(_within(place, where) for place in broken):
            yield one


def _within(inner: Location, outer: Location) -> bool:
    """Whether the first place lies in the value at the second; `metadata.name` is its policy."""
    path = outer.path
    if path[-2:] == ("metadata", "name"):
        path = (*path[:-2], "spec", "podSelector")
    same = (inner.file, inner.document) == (outer.file, outer.document)
    return same and inner.path[: len(path)] == path


def _unmatched(facts: Facts) -> Iterator[Finding]:
    spelling = list(misspelt(facts))
    explained = _places(spelling)
    unknown = list(unknown_namespace_labels(facts, explained))
    yield from spelling
    yield from unknown
    yield from idle_policies(facts)
    yield from idle_rules(facts, explained | _places(unknown))


def _places(findings: Iterable[Finding]) -> frozenset[Location]:
    return frozenset(one.where for one in findings if one.where is not None)


def _in_order(findings: Iterable[Finding], loaded: Loaded) -> list[Finding]:
    """By file, line and column, then by code."""
    ranks = {source.name: rank for rank, source in enumerate(loaded.sources)}

    def order(one: Finding) -> tuple[int, int, int, int, str, str]:
        if one.where is None:
            return len(ranks), 0, 0, 0, one.code, one.message
        where = resolve(one.where, loaded)
        rank = ranks.get(where.file, len(ranks))
        return rank, where.document, where.line, where.column, one.code, one.message

    return sorted(findings, key=order)


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The greatest severity among the findings."""
    return max((one.severity for one in findings), key=lambda one: one.rank, default=None)
