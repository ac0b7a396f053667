"""What stands behind a verdict: scripts without a solution, equal forms, and connections."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import assert_never

from netproof.comparison.policies import WAYS, CompareOptions
from netproof.comparison.policy_claims import versions_of_claim
from netproof.comparisons import Change, CompareReport, Difference, Relation
from netproof.solving import Answer, Limits, Session
from netproof.verdicts import Alike, Certificate, Evidence, Proof, Vacuous, Verdict
from netproof.verified import Report
from netproof.verifying.answering import asked
from netproof.verifying.asking import settled
from netproof_encodings.differences.obligations import (
    difference_stage,
    slice_differs,
    slice_space,
    without_change,
)
from netproof_encodings.differences.slices import (
    AnySlice,
    PassageSlice,
    Slice,
    Versions,
    every_slice,
    forms_of,
    others_in,
    versions_of,
)
from netproof_encodings.lowering import every_tier, on_one_plugin
from netproof_encodings.meaning.claims import groups_of
from netproof_encodings.models.legends import Meaning, meanings
from netproof_encodings.obligations.claims import (
    Stage,
    in_domain,
    literal,
    literals,
    occupied,
    part_stage,
    whole_stage,
)
from netproof_encodings.parts.atlas import Atlas, atlas_in
from netproof_encodings.parts.planning import Plan
from netproof_encodings.parts.relevance import Relevance
from netproof_encodings.vocabulary.hosts import Whom
from netproof_specs.claims import ConnectionClaim, MayReach, PolicyClaim
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.cluster import AnyPolicy, Cluster, Policy
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World


class Obligation(Frozen):
    """A script that has no solution iff what it says holds.

    `name` is that of its folder below the verdict's, empty for that folder itself. `legend` holds
    meanings of its symbols; their policies are numbers of `policies`.
    """

    name: str
    says: str
    certificate: Certificate
    legend: Mapping[str, Meaning]
    policies: Sequence[AnyPolicy]


class Forms(Frozen):
    """Two sets of policies that have one canonical form, so that no solver is needed."""

    name: str
    says: str
    old: Hashable
    new: Hashable


Ground = Obligation | Forms | Evidence | Difference


class Stages:
    """The stages of a report's claims, made again.

    A class because one atlas serves all claims of its world, and one stage many of them.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._atlases: dict[World, Atlas] = {}
        self._stages: dict[World, Stage] = {}

    def atlas(self, world: World) -> Atlas:
        """The atlas for the report's claims in that world."""
        if world not in self._atlases:
            groups = [
                group.endpoints
                for one in self._report.verdicts
                if one.world is world and isinstance(one.statement.claim, ConnectionClaim)
                for group in groups_of(one.statement.claim)
            ]
            self._atlases[world] = atlas_in(world, self._report.loaded.cluster, groups)
        return self._atlases[world]

    def of(self, world: World, relevance: Relevance) -> Stage:
        """The stage that holds what is relevant to a claim in that world."""
        if not relevance.shared:
            return part_stage(self.atlas(world), world, relevance)
        if world not in self._stages:
            self._stages[world] = whole_stage(self.atlas(world), world)
        return self._stages[world]


def _legend(on: Stage) -> dict[str, Meaning]:
    """The meanings of the stage's symbols."""
    policies = len(on.scene.cluster.every_policy)
    return meanings(on.space, on.scene.classes, policies, every_tier(on.tiers))


def grounds_of(report: Report, stages: Stages, verdict: Verdict) -> Iterator[Ground]:
    """Everything that the verdict rests on, but for the reader and the encoding."""
    claim = verdict.statement.claim
    if isinstance(claim, PolicyClaim):
        limits = report.options.limits
        yield from _on_policies(report.loaded.cluster, verdict, claim, limits)
    else:
        yield from _on_connections(stages, verdict, claim)


def _on_connections(stages: Stages, verdict: Verdict, claim: ConnectionClaim) -> Iterator[Ground]:
    match verdict.judgement, verdict.grounds:
        case Vacuous(empty), _:
            yield from _empty(stages, verdict, claim, empty)
        case _, Proof(certificate=certificate):
            plan = Plan(stages.atlas(verdict.world), verdict.world, claim)
            on = stages.of(verdict.world, plan.holding(certificate.held))
            assert on.text == certificate.stage
            policies = on.scene.cluster.every_policy
            yield Obligation("", _says(verdict, claim), certificate, _legend(on), policies)
        case _, Evidence() as evidence:
            yield evidence
        case _:
            pass


def _says(verdict: Verdict, claim: ConnectionClaim) -> str:
    """What holds iff the claim's own obligation has no solution."""
    does = "is an instance of" if isinstance(claim, MayReach) else "breaks"
    return f"no connection of the world {verdict.world.value} {does} the claim"


def _empty(
    stages: Stages, verdict: Verdict, claim: ConnectionClaim, empty: Sequence[str]
) -> list[Obligation]:
    """Why a claim is vacuous: no endpoint in a group, or no connection between the groups."""

    def ask(plan: Plan) -> list[Obligation]:
        on = stages.of(verdict.world, plan.relevance())
        return list(_empty_on(on, verdict, claim, empty))

    return asked(stages.atlas(verdict.world), verdict.world, claim, ask)


def _empty_on(
    on: Stage, verdict: Verdict, claim: ConnectionClaim, empty: Sequence[str]
) -> Iterator[Obligation]:
    assumed = tuple(literals(on, verdict.assumptions, None))
    session, legend = Session(on.text, Limits()), _legend(on)
    parts = {f"group {group.text} has no endpoint": text for group, text in occupied(on, claim)}
    parts["the claim speaks of no connection"] = in_domain(on, claim)
    found = 0
    for says, text in parts.items():
        with session.scope(text):
            answer = settled(on, session, assumed)
        if answer is Answer.UNSAT and (found == 0 or found < len(empty)):
            found += 1
            certificate = Certificate(on.text, text, assumed, on.scene.extent.names)
            policies = on.scene.cluster.every_policy
            yield Obligation(f"empty-{found}", says, certificate, legend, policies)


def _on_policies(
    cluster: Cluster, verdict: Verdict, claim: PolicyClaim, limits: Limits
) -> Iterator[Ground]:
    match verdict.grounds:
        case Alike():
            old, new = versions_of_claim(cluster, claim)
            options = CompareOptions(verdict.world, verdict.assumptions, limits)
            yield from without_changes((old, new), cluster, options, list(Change))
        case Difference() as difference:
            yield difference
        case _:
            pass


def comparison_grounds(
    report: CompareReport, cluster: Cluster, options: CompareOptions
) -> Iterator[Ground]:
    """What the relation rests on: changes that do not occur, and one connection for the others."""
    found = report.comparison
    absent = {
        Relation.EQUIVALENT: [Change.ADDED, Change.REMOVED],
        Relation.NARROWER: [Change.ADDED],
        Relation.WIDER: [Change.REMOVED],
        Relation.INCOMPARABLE: [],
        Relation.UNKNOWN: [],
    }[found.relation]
    yield from found.counterexamples
    if absent:
        versions = (report.old.cluster.policies, report.new.cluster.policies)
        yield from without_changes(versions, cluster, options, absent)


def without_changes(
    policies: tuple[Sequence[Policy], Sequence[Policy]],
    cluster: Cluster,
    options: CompareOptions,
    absent: Sequence[Change],
) -> Iterator[Obligation | Forms]:
    """Why the changes do not occur: slice by slice, then in full for slices that differ."""
    if options.world is World.SNAPSHOT and not (cluster.workloads or cluster.hosts):
        return
    old, new = on_one_plugin(*policies)
    others = others_in(options.world, old, new, cluster)
    versions = versions_of(old, new, cluster.hosts, others)
    differing: list[AnySlice] = []
    for number, part in enumerate(every_slice(versions), start=1):
        # Evidence is gathered when the verdict is there: a deadline for that one is over.
        found = _slice(versions, part, number, replace(options.limits, deadline=None))
        if found is None:
            differing.append(part)
        elif not isinstance(found, Forms) or found.old:
            yield found
    if not differing:
        return
    on = difference_stage(cluster, versions, differing, options.world)
    assumed = tuple(literal(one, options.assumptions) for one in on.stage.space.assumptions)
    space, classes = on.stage.space, on.stage.scene.classes
    legend = meanings(space, classes, len(versions.policies), versions.tiers)
    for change in absent:
        certificate = Certificate(on.stage.text, without_change(on, WAYS[change]), assumed)
        says = f"no connection is {change.value}, in the slices that are not decided alike"
        yield Obligation(change.value, says, certificate, legend, versions.policies)


def _slice(
    versions: Versions, part: AnySlice, number: int, limits: Limits
) -> Obligation | Forms | None:
    """Why the slice decides alike in both versions, None where it does not or it is not known."""
    name, says = f"slice-{number:04d}", f"{_subject(part)} is decided alike"
    forms = forms_of(part)
    if forms[0] == forms[1]:
        return Forms(name, says, *forms)
    text = slice_differs(part)
    if Session(text, limits).check(()) is not Answer.UNSAT:
        return None
    tiers = (*part.old, *part.new) if isinstance(part, Slice) else part.tiers
    legend = meanings(slice_space(part), (), len(versions.policies), tiers)
    return Obligation(name, says, Certificate("", text, ()), legend, versions.policies)


def _subject(part: AnySlice) -> str:
    """What the slice decides."""
    match part:
        case Slice(namespace=namespace, whom=Whom.OTHERS):
            some = "" if namespace is None else f" with the label of namespace {namespace}"
            whom = f"host endpoints{some} that are none of the input"
            return f"{_WORDS[part.direction]} at {whom}"
        case Slice(namespace=namespace):
            where = f"namespace {namespace}" if namespace is not None else "elsewhere"
            whom = "endpoints" if part.hosts else "pods"
            return f"{_WORDS[part.direction]} at {whom} of {where}"
        case PassageSlice():
            hosts = ", ".join(part.old.hosts)
            return f"{_WORDS[part.direction]} of what passes {hosts}"
        case _:
            assert_never(part)


_WORDS = {Direction.INGRESS: "ingress", Direction.EGRESS: "egress"}
