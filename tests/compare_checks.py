"""What the tests ask of a comparison: of its relation, by trying every connection, of its regions,
by trying points of them and by asking the solver about the regions as they are reported.
"""

from __future__ import annotations

import random

from tests.brute_force import everything
from tests.compare_points import Policies, mentioned_by, points

from netproof.comparisons import (
    Change,
    Comparison,
    Region,
    RegionAddresses,
    RegionAnything,
    RegionEnd,
    RegionPods,
    Relation,
)
from netproof.oracle.connections import decide
from netproof.oracle.regions import in_region
from netproof.solving import Answer, Limits, Session
from netproof_encodings.decision.conditions import End
from netproof_encodings.differences.obligations import DifferenceStage, Way, difference_stage
from netproof_encodings.differences.slices import Slice, versions_of
from netproof_encodings.logic.terms import Term
from netproof_encodings.meaning.addresses import in_block
from netproof_encodings.meaning.labels import selected
from netproof_encodings.meaning.ports import PROTOCOL_CODES
from netproof_encodings.meaning.profiles import class_bits
from netproof_encodings.meaning.spaces import EndpointSpace, namespace_selected
from netproof_encodings.obligations.claims import Stage, literal, require
from netproof_specs.assumptions import OF_CALICO, Assumption, Assumptions
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import Connection
from netproof_specs.model.traffic import Direction
from netproof_specs.worlds import World

WAYS = {Change.ADDED: Way.ADDED, Change.REMOVED: Way.REMOVED}
RELATIONS = {
    frozenset[Change](): Relation.EQUIVALENT,
    frozenset({Change.ADDED}): Relation.WIDER,
    frozenset({Change.REMOVED}): Relation.NARROWER,
    frozenset(Change): Relation.INCOMPARABLE,
}
SWAPPED = {
    Relation.EQUIVALENT: Relation.EQUIVALENT,
    Relation.NARROWER: Relation.WIDER,
    Relation.WIDER: Relation.NARROWER,
    Relation.INCOMPARABLE: Relation.INCOMPARABLE,
}


def change_of(
    old: Policies, new: Policies, connection: Connection, assumptions: Assumptions
) -> Change | None:
    """How the oracle sees the connection change."""
    before = decide(old, connection, assumptions).allowed
    after = decide(new, connection, assumptions).allowed
    if before is after:
        return None
    return Change.ADDED if after else Change.REMOVED


def tried(old: Policies, new: Policies, cluster: Cluster, found: Comparison) -> frozenset[Change]:
    """The changes that occur, from a connection of every kind.

    Asserts that the regions hold a connection iff it changes in their way.
    """
    changes = set()
    mentioned = mentioned_by((*old, *new), cluster)
    for one in everything(cluster, found.world, mentioned, found.assumptions):
        change = change_of(old, new, one, found.assumptions)
        holding = {region.change for region in found.regions if in_region(one, region)}
        if found.regions_complete:
            assert holding == ({change} - {None}), (change, one, found.regions)
        else:
            assert holding <= {change}, (change, one, found.regions)
        changes |= {change} - {None}
    return frozenset(one for one in changes if one is not None)


def full_stage(old: Policies, new: Policies, cluster: Cluster, world: World) -> DifferenceStage:
    """The stage of the whole question, with nothing left out as alike."""
    names = sorted({one.namespace for one in (*old, *new)})
    slices = [Slice(name, direction, (), ()) for name in names for direction in Direction]
    return difference_stage(cluster, versions_of(old, new), slices, world)


def unequal(old: Policies, new: Policies, cluster: Cluster, found: Comparison) -> list[str]:
    """Every way in which the union of the reported regions is not the difference.

    The solver answers, about the regions as they are reported.
    """
    full = full_stage(old, new, cluster, found.world)
    on = full.stage
    session = Session(on.text, Limits())
    assumed = [literal(one, found.assumptions) for one in Assumption if one not in OF_CALICO]
    problems = []
    for change, way in WAYS.items():
        regions = [one for one in found.regions if one.change is change]
        union = on.terms.disjunction(region_term(on, one) for one in regions)
        changed = full.changed[way]
        goals = {
            f"{change.value}, but in no region": (changed, on.terms.negation(union)),
            f"in a region, but not {change.value}": (union, on.terms.negation(changed)),
        }
        for words, parts in goals.items():
            session.push(require(on, on.terms.conjunction(parts)))
            if session.check(assumed) is not Answer.UNSAT:
                problems.append(words)
            session.pop()
    return problems


def region_term(on: Stage, region: Region) -> Term:
    """True iff the connection is in the region, by what the report says of it alone."""
    terms, space = on.terms, on.space
    families = (space.source.address.uses(terms, one) for one in region.families)
    return terms.conjunction(
        (
            end_term(on, space.source, region.source),
            end_term(on, space.destination, region.destination),
            terms.one_of(space.ports.protocol, (PROTOCOL_CODES[one] for one in region.protocols)),
            terms.between(space.ports.port, region.first, region.last),
            terms.disjunction(families),
        )
    )


def end_term(on: Stage, space: EndpointSpace, end: RegionEnd) -> Term:
    """True iff the end of the connection is what the region says."""
    terms = on.terms
    match end:
        case RegionAnything():
            return terms.true
        case RegionAddresses():
            return terms.conjunction((terms.negation(space.pod), block_term(on, space, end)))
        case RegionPods():
            declared = on.space.ports.declared
            asked = [(End.DESTINATION, *one) for one in end.declares]
            asked += [(End.SOURCE, *one) for one in end.declares_from]
            return terms.conjunction(
                (
                    space.pod,
                    namespace_selected(terms, space.namespace, end.namespaces),
                    selected(terms, space.labels, end.pods),
                    *(
                        declared[at][name] if wanted else terms.negation(declared[at][name])
                        for at, name, wanted in asked
                    ),
                    named_term(on, space, end),
                    terms.true if end.block is None else block_term(on, space, end.block),
                )
            )


def block_term(on: Stage, space: EndpointSpace, block: RegionAddresses) -> Term:
    """True iff the end has an address in the block."""
    inside = on.terms.true
    if block.cidr is not None:
        inside = in_block(on.terms, space.address, block.cidr, block.excepts)
    return on.terms.conjunction((space.addressed, inside))


def named_term(on: Stage, space: EndpointSpace, end: RegionPods) -> Term:
    """True iff the end is one of the pods that are named, if any are."""
    if not end.named:
        return on.terms.true
    names = {(one.namespace, one.kind, one.name) for one in end.named}
    bits = class_bits(on.terms, space.prefix, len(on.scene.classes))
    chosen = []
    for one in on.scene.classes:
        members = {(pod.namespace, pod.kind, pod.name) for pod in one.members}
        assert members <= names or not members & names, "a region with part of a class"
        chosen += [one.number] if members <= names else []
    return on.terms.one_of(bits, chosen)


def misplaced(
    old: Policies, new: Policies, cluster: Cluster, found: Comparison, rng: random.Random
) -> tuple[int, list[Connection]]:
    """How many points of regions were tried, and those of them that do not change as they say."""
    count, wrong = 0, []
    for region in found.regions:
        for one in points(region, (*old, *new), cluster, found, rng):
            count += 1
            change = change_of(old, new, one, found.assumptions)
            if change is not region.change or not in_region(one, region):
                wrong.append(one)
    return count, wrong
