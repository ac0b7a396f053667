"""What the whole of NEW connects otherwise than the whole of OLD, with connections to show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from netproof.comparison.naming import workload_name
from netproof.comparison.objects import object_changes
from netproof.comparison.samples import Sample, sample_of
from netproof.comparison.versions import with_host_note
from netproof.comparisons import EXPECTATIONS, Change, ObjectChange, Relation
from netproof.connectivity.changes import Name, Shift, shifts_of
from netproof.connectivity.comparable import maps_of
from netproof.connectivity.doubts import notes_on
from netproof.connectivity.left_out import own_node_note
from netproof.connectivity.mapping import Map
from netproof.connectivity.points import PodPoint
from netproof.verifying.generated_labels import unknown_labels
from netproof.verifying.undeclared import with_undeclared
from netproof_encodings.lowering import on_one_plugin
from netproof_specs.assumptions import DEFAULTS, Assumptions
from netproof_specs.collecting import collector_off
from netproof_specs.frozen import Frozen, replace
from netproof_specs.loading import Loaded
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.problems import InputError, Problem
from netproof_specs.steps import Watch, unwatched


class ConnectivityReport(Frozen):
    """Everything that a report says of the connectivity of OLD and of NEW.

    `shifts` are all connections that one side has alone, if only perhaps, and `samples` one
    connection for each change that occurs, sure ones first. At most `listed` shifts of each change
    are for people to read.
    """

    old: Loaded
    new: Loaded
    assumptions: Assumptions
    relation: Relation
    shifts: tuple[Shift, ...]
    samples: tuple[Sample, ...]
    objects: tuple[ObjectChange, ...]
    expectation: str
    met: bool
    listed: int


class ConnectivityOptions(Frozen):
    """How to compare connectivity; `expectation` is a key of EXPECTATIONS."""

    assumptions: Assumptions = DEFAULTS
    expectation: str = "equivalent"
    listed: int = 20


@collector_off()
def compare_connectivity(
    old: Loaded,
    new: Loaded,
    options: ConnectivityOptions | None = None,
    watch: Watch = unwatched,
) -> ConnectivityReport:
    """Which connections of workloads and host endpoints, by name, come and go.

    Raises InputError where neither side has pods or host endpoints, or where labels that policies
    ask for are not known, and DisagreementError where the oracle contradicts the maps.
    """
    options = options or ConnectivityOptions()
    _require_pods(old.cluster, new.cluster)
    old, new = _on_one_plugin(old, with_host_note(old, new))
    maps = maps_of(old.cluster, new.cluster, options.assumptions, watch)
    shifts = shifts_of(*maps)
    relation = _relation({one.change for one in shifts})
    firsts = {(one.change, one.perhaps_in): one for one in reversed(shifts)}
    alike = maps[0].query.hosts
    samples = [
        sample_of(one, old, new, options.assumptions, alike) for one in reversed(firsts.values())
    ]
    return ConnectivityReport(
        *_noted(old, new, maps),
        options.assumptions,
        relation,
        shifts,
        tuple(samples),
        object_changes(old, new),
        options.expectation,
        relation in EXPECTATIONS[options.expectation],
        options.listed,
    )


def _noted(old: Loaded, new: Loaded, maps: tuple[Map, Map]) -> tuple[Loaded, Loaded]:
    """Both, with notes on what their connections depend on that is left open (C.4, D.37), and on
    what the maps leave out."""
    before, after = map(notes_on, maps)
    if all(any(one.code == "open-order" for one in notes) for notes in (before, after)):
        after.append(_TIED_ON_BOTH_SIDES)
    if all(any(one.clause == "D.37" for one in notes) for notes in (before, after)):
        after += _taken_alike(maps)
    noted = (
        replace(told, notes=(*told.notes, *notes, *own_node_note(side.cluster)))
        for side, notes in ((old, before), (new, after))
        for told in (with_undeclared(side, side.cluster.every_policy),)
    )
    return next(noted), next(noted)


def _taken_alike(maps: tuple[Map, Map]) -> Iterator[Problem]:
    """What host endpoints, and pods behind them, are taken to have in common (D.37)."""
    if any(len(names) > 1 for names in maps[0].query.hosts):
        yield _ASKED_ALIKE
    before, after = map(_waiting, maps)
    is_other_number = any(before[name] != after[name] for name in before.keys() & after.keys())
    if is_other_number or any(one.relation.sets.takes_open_pods_together for one in maps):
        yield _PASSING_ALIKE


def _waiting(found: Map) -> Counter[Name]:
    """How many pods each workload has of which it is open what hosts they pass, if any."""
    points, waiting = found.relation.points, Counter[Name]()
    for workload, numbers in zip(points.cluster.workloads, points.points_of, strict=True):
        pods = (one for one in map(points.inside.__getitem__, numbers) if isinstance(one, PodPoint))
        if any(one.pods.behind.perhaps and one.pods.behind.surely is None for one in pods):
            waiting[workload_name(workload)] += workload.replicas
    return waiting


_TIED_ON_BOTH_SIDES = Problem(
    None,
    "what OLD and NEW both allow in some order of policies that tie, and not in each, counts as no "
    "change",
    "assume the order of names, so that each side has it or has it not: `--assume ties=name`",
    "open-on-both-sides",
    "C.4",
)


_ASKED_ALIKE = Problem(
    None,
    "host endpoints that the same policies select for what they let through are taken to be asked "
    "alike: a pod that moves from one of them to another is no change",
    code="asked-alike",
    clause="D.37",
)

_PASSING_ALIKE = Problem(
    None,
    "where it is not known which host endpoints the pods of a workload pass, all are taken to pass "
    "the same: what differs only where they pass unlike ones is no change",
    "give pods as they run, with their nodes, and nodes with one host endpoint that is for every "
    "interface",
    "passing-alike",
    "D.37",
)


def _on_one_plugin(old: Loaded, new: Loaded) -> tuple[Loaded, Loaded]:
    """Both, with what every cluster of Calico has where one side has objects of it (D.6, D.42).

    Host endpoints are such objects, and each side keeps its own.
    """
    both = on_one_plugin(old.cluster.every_policy, new.cluster.every_policy)
    before, after = (
        tuple(one for one in listed if not isinstance(one, HostEndpoint)) for listed in both
    )
    return (
        replace(old, cluster=replace(old.cluster, policies=before)),
        replace(new, cluster=replace(new.cluster, policies=after)),
    )


def _require_pods(old: Cluster, new: Cluster) -> None:
    if not any((*one.workloads, *one.hosts) for one in (old, new)):
        raise InputError((_NO_PODS,))
    unknown = [problem for one in (old, new) for problem in unknown_labels(one, ())]
    if unknown:
        raise InputError(tuple(dict.fromkeys(unknown)))


_NO_PODS = Problem(
    None,
    "neither side holds pods or host endpoints, so none has connections to compare",
    "give workloads on both sides, or compare the policies: `--what policies`",
    "empty-world",
)


def _relation(changes: set[Change]) -> Relation:
    if len(changes) == 2:
        return Relation.INCOMPARABLE
    if changes:
        return Relation.WIDER if Change.ADDED in changes else Relation.NARROWER
    return Relation.EQUIVALENT
