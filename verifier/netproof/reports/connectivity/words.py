"""The words for connections that come and go: who, to whom, on which ports."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from netproof.comparison.connectivity import ConnectivityReport
from netproof.comparison.naming import workload_name
from netproof.comparisons import Change, Relation, Side
from netproof.connectivity.changes import Ends, Name, Outside, Shift
from netproof.connectivity.portsets import allowed_of
from netproof.connectivity.units import HOST
from netproof.decisions import AllowedPorts
from netproof.reports.compare.text import met_text
from netproof.reports.connections.words import PERHAPS, allowed_text, blocks_name
from netproof.reports.without import verdict_text
from netproof.reports.words import counted, safe
from netproof_specs.frozen import Frozen
from netproof_specs.loading import Loaded
from netproof_specs.model.traffic import Family

MANY_NAMES = 12

MEANINGS = {
    Relation.EQUIVALENT: "NEW connects exactly what OLD connects",
    Relation.NARROWER: "NEW connects less than OLD",
    Relation.WIDER: "NEW connects more than OLD",
    Relation.INCOMPARABLE: "NEW connects some of what OLD does not, and not all that OLD does",
    Relation.UNKNOWN: "not decided",
}


class Inventory(Frozen):
    """The workloads of one side by namespace; host endpoints are in that of no name."""

    spaces: Mapping[str, frozenset[Name]]


def inventories(report: ConnectivityReport) -> dict[Change, Inventory]:
    """For each change the side that has its connections."""
    return {Change.ADDED: _inventory(report.new), Change.REMOVED: _inventory(report.old)}


def _inventory(loaded: Loaded) -> Inventory:
    found: dict[str, set[Name]] = defaultdict(set)
    for one in loaded.cluster.workloads:
        found[one.namespace].add(workload_name(one))
    if loaded.cluster.hosts:
        found[""] = {("", one.name, HOST) for one in loaded.cluster.hosts}
    return Inventory({space: frozenset(names) for space, names in found.items()})


def connectivity_headline(report: ConnectivityReport) -> str:
    """`NEW connects more than OLD; expected equivalent: not met`."""
    meaning = MEANINGS[report.relation]
    if report.shifts and all(one.perhaps_in for one in report.shifts):
        meaning = meaning.replace("NEW connects", "NEW perhaps connects")
    return met_text(meaning, report)


def connectivity_verdict(report: ConnectivityReport) -> str:
    """`WIDER`, and what was left out."""
    return verdict_text(report.relation.value, report.old, report.new)


def shift_text(shift: Shift, inventory: Inventory) -> str:
    """`shop/web  ->  ns:data (all 3 workloads)  TCP 5432`."""
    source, destination = (ends_text(one, inventory) for one in (shift.sources, shift.destinations))
    return f"{source}  ->  {destination}  {ports_text(shift)}"


def change_text(shift: Shift) -> str:
    """`added`, or `perhaps added`: only in some of the cases left open (C.4, D.37)."""
    return f"{PERHAPS if shift.perhaps_in else ''}{shift.change.value}"


def shift_rows(report: ConnectivityReport) -> list[list[str]]:
    """For each shift its change, both ends and the ports, as tables have them."""
    spaces = inventories(report)
    return [
        [
            change_text(one),
            *(ends_text(end, spaces[one.change]) for end in (one.sources, one.destinations)),
            ports_text(one),
        ]
        for one in report.shifts
    ]


def ends_text(ends: Ends, inventory: Inventory) -> str:
    """The workloads, a namespace at once where all of it is meant; or the blocks of addresses."""
    if isinstance(ends, Outside):
        return blocks_name(ends.cidrs)
    chosen = frozenset(ends.names)
    every = sum(map(len, inventory.spaces.values()))
    if len(chosen) == every > 1:
        kinds = ["workload"] if inventory.spaces.keys() != {""} else []
        kinds += ["host endpoint"] if "" in inventory.spaces else []
        return f"every {' and '.join(kinds)} ({every})"
    parts = _parts(chosen, inventory)
    more = len(parts) - MANY_NAMES
    return ", ".join([*parts[:MANY_NAMES], *([f"{more} more"] if more > 0 else [])])


def _parts(chosen: frozenset[Name], inventory: Inventory) -> list[str]:
    found: list[str] = []
    for space in sorted({namespace for namespace, _, _ in chosen}):
        inside = sorted(one for one in chosen if one[0] == space)
        if len(inside) > 1 and inventory.spaces[space] == frozenset(inside):
            every = f"ns:{space} (all {len(inside)} workloads)"
            found.append(safe(every) if space else f"hosts (all {len(inside)} host endpoints)")
        else:
            found += map(name_text, inside)
    return found


def name_text(name: Name) -> str:
    """`shop/web` for a pod, `shop/Deployment/web` for another workload, `HostEndpoint/worker`."""
    namespace, own, kind = name
    if kind == HOST:
        return safe(f"{HOST}/{own}")
    return safe(f"{namespace}/{own}" if kind == "Pod" else f"{namespace}/{kind}/{own}")


def ports_text(shift: Shift) -> str:
    """The ports, with the family where they are not those of both, and which side is in doubt."""
    doubt = f"  ({PERHAPS}in {_SIDES[shift.perhaps_in]})" if shift.perhaps_in else ""
    return f"{_of_families(shift)}{doubt}"


_SIDES = {Side.OLD: "OLD", Side.NEW: "NEW", Side.BOTH: "OLD and in NEW"}


def _of_families(shift: Shift) -> str:
    families = {family: allowed_in(shift, family) for family in Family}
    four, six = families[Family.IPV4], families[Family.IPV6]
    if four == six:
        return allowed_text(four)
    named = ((four, "IPv4"), (six, "IPv6"))
    return "; ".join(f"{allowed_text(one)} over {word}" for one, word in named if one)


def allowed_in(shift: Shift, family: Family) -> AllowedPorts:
    """The ports of one family by protocol, without protocols that have none."""
    return allowed_of(shift.ports, shift.stretches, (family,))


def shifts_tally(report: ConnectivityReport) -> str:
    """`3 groups of connections: 2 added, 1 perhaps removed`."""
    numbers = Counter(map(change_text, report.shifts))
    words = (f"{perhaps}{change.value}" for change in Change for perhaps in ("", PERHAPS))
    parts = [f"{numbers[word]} {word}" for word in words if numbers[word]]
    total = counted(len(report.shifts), "group of connections", "groups of connections")
    return f"{total}: {', '.join(parts)}" if parts else total


def listed(report: ConnectivityReport) -> Sequence[Shift]:
    """The shifts that people are shown: so many of each change."""
    return [
        one
        for change in Change
        for one in [each for each in report.shifts if each.change is change][: report.listed]
    ]


def unlisted_text(report: ConnectivityReport) -> Iterable[str]:
    """How many there are besides."""
    more = len(report.shifts) - len(listed(report))
    return [f"{more} more groups; JSON has all of them, --max-regions lists more"] if more else []
