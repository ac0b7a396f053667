"""What comparisons are to be read with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from netproof.about import VERSION, about
from netproof.comparisons import CompareReport, ObjectChange
from netproof.reports.facts import (
    Fact,
    Facts,
    Name,
    assumed_fact,
    ending_facts,
    input_facts,
    without_facts,
    world_fact,
)
from netproof.reports.words import safe
from netproof.verifying.readings import others_text
from netproof_encodings.differences.slices import others_in
from netproof_encodings.lowering import any_passage, asks_for_parts
from netproof_encodings.vocabulary.hosts import OtherHosts
from netproof_specs.frozen import replace
from netproof_specs.loading import Loaded
from netproof_specs.model.cluster import Cluster
from netproof_specs.worlds import World

if TYPE_CHECKING:
    from netproof.comparison.connectivity import ConnectivityReport


MANY_OBJECTS = 12


def compare_facts(report: CompareReport) -> Facts:
    """What a comparison is to be read with."""
    found = report.comparison
    return (
        *compared_facts("policies only", report.objects),
        world_fact(found.world),
        assumed_fact(found.assumptions, report.old, report.new),
        *_of_sides(without_facts, report.old, report.new),
        *side_facts(report.old, report.new),
        *(Fact(Name.NOTE, (one,)) for one in comparison_notes(report)),
        *ending_facts(about()),
    )


def comparison_notes(report: CompareReport) -> tuple[str, ...]:
    """What is to be known of both sides together."""
    hosts = {one.name: one for side in (report.old, report.new) for one in side.cluster.hosts}
    old, new = (side.cluster.policies for side in (report.old, report.new))
    shared = Cluster(hosts=tuple(hosts.values()))
    others = others_in(report.comparison.world, old, new, shared)
    selected = any(any_passage((*side, *shared.hosts)) for side in (old, new))
    return (
        *((_ONE_SET_UP,) if selected or (others is not None and others.passed) else ()),
        *(_of_hosts(others, report) if others is not None else ()),
        *_of_parts(report),
    )


_ONE_SET_UP = (
    "policies for forwarded traffic select host endpoints: both sides stand in one set-up of the "
    "cluster, and they are equivalent only if no set-up tells them apart; a connection changes if "
    "it does in some set-up (D.37)"
)


def _of_hosts(others: OtherHosts, report: CompareReport) -> Iterator[str]:
    """Which host endpoints any cluster has beside those of the input, with Calico (D.35)."""
    yield f"with objects of Calico any-cluster holds {others_text(others)} (D.35)"
    if report.comparison.hosts_only:
        yield _HOSTS_ONLY


_HOSTS_ONLY = (
    "each connection that changes has a host endpoint at an end: between pods, and between pods "
    "and addresses outside, both sides allow the same; where the host endpoints of the input are "
    "all there are, compare with `--world any-pods`"
)


def _of_parts(report: CompareReport) -> Iterator[str]:
    """That a value in a region may stand for others, where selectors ask for parts of values."""
    policies = (*report.old.cluster.policies, *report.new.cluster.policies)
    if report.comparison.regions and asks_for_parts(policies):
        yield _STANDS_FOR


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
        *ending_facts(f"netproof {VERSION}"),
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


def side_facts(old: Loaded, new: Loaded) -> Facts:
    """What was read on either side of a comparison."""
    return tuple(_of_sides(input_facts, old, new))


def _of_sides(
    facts: Callable[[Loaded], Iterator[Fact]], old: Loaded, new: Loaded
) -> Iterator[Fact]:
    for word, side in (("old", old), ("new", new)):
        yield from (replace(one, of=word) for one in facts(side))
