"""What comes and goes between workloads of several pods behind hosts, in every set-up (D.37).

All sets of ways through hosts are gone through by brute force. In each of them a workload reaches
another one iff some pod of it does that is denied by no way on the set.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import combinations, product
from typing import Any

import pytest
from netaddr import IPAddress, IPNetwork
from tests.mutants import Function
from tests.profiles import repeats
from tests.test_compare_forward import HOST, OWN, POD, SPACE, gate

from netproof.comparison import in_set_ups
from netproof.comparison.connectivity import (
    ConnectivityOptions,
    ConnectivityReport,
    compare_connectivity,
)
from netproof.comparison.naming import workloads_by_name
from netproof.comparison.replays import Names
from netproof.comparisons import Change, Relation, Side
from netproof.connectivity import comparable
from netproof.connectivity.changes import Ends, Name, Outside, Shift, shifts_of
from netproof.connectivity.doubts import Doubts, doubts_of
from netproof.connectivity.mapping import Families, Query, map_of
from netproof.connectivity.passing import Outcome
from netproof.connectivity.passing import Passing as AtHosts
from netproof.connectivity.portsets import SLOTS, PortSets
from netproof.decisions import Certainty, Passing, SideDecision
from netproof.oracle.claims import in_scope
from netproof.oracle.connections import outcomes_of
from netproof.oracle.forwarded import is_sure, is_with_outside, outcomes, passed
from netproof.replay import DisagreementError
from netproof_encodings.lowering import passages
from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import (
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
    pod_of,
)
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Direction, Family, Protocol

At = Name | str
"""A workload or host endpoint by name, or an outside address."""

Way = tuple[object, Direction, Direction, bool]
"""Hosts alike, the end of which they are, the direction, whether they accept what is left over."""

Denied = frozenset[Way | None]
"""The ways that deny a connection; None is in it if it is denied whatever it passes."""

Turn = tuple[Change, Side | None]
ADDED, REMOVED = (Change.ADDED, Side.BOTH), (Change.REMOVED, Side.BOTH)

# --- by brute force -----------------------------------------------------------------------------


def alike(sides: Sequence[Cluster]) -> dict[str, object]:
    """Host endpoints by name: equal for those with the same policies, on both sides."""
    places = [
        {name: at for at, one in enumerate(passages(side.every_policy)) for name in one.hosts}
        for side in sides
    ]
    names = {name for side in places for name in side}
    return {name: tuple(side.get(name) for side in places) for name in names}


def endpoints(cluster: Cluster, at: At) -> list[Endpoint]:
    if isinstance(at, str):
        return [ExternalEndpoint(at)]
    spaces = {one.name: one for one in cluster.namespaces}
    hosts = [one for one in cluster.hosts if at == ("", one.name, "HostEndpoint")]
    pods = workloads_by_name(cluster).get(at, [])
    return [*hosts, *(pod_of(one, spaces[one.namespace], 1) for one in pods)]


Reading = Callable[[Cluster, HostEndpoint, Endpoint], object]
"""What of a host endpoint that a pod passes makes it another one than for others."""


def nothing(*_: object) -> None:
    """A pod that perhaps passes a host does so iff those do that surely pass it."""


def certainty(cluster: Cluster, host: HostEndpoint, pod: Endpoint) -> bool:
    """It is not told by these."""
    there = [one for one in cluster.hosts if one.node == host.node]
    is_known = isinstance(pod, PodEndpoint) and pod.node == host.node
    return is_known and there == [host] and host.interface == "*"


def denied(
    cluster: Cluster,
    one: Connection,
    assumed: Assumptions,
    groups: Mapping[str, object],
    reading: Reading,
) -> tuple[Denied, Denied]:
    """The ways that deny a connection in each order of policies that tie, and in some order."""
    policies, found = cluster.every_policy, (set[Way | None](), set[Way | None]())

    def note(way: Way | None, sides: Sequence[SideDecision]) -> None:
        kept = sides if Assumption.TIES in assumed else sides[:1]
        for into, test in zip(found, (any, all), strict=True):
            if not test(side.allowed for side in kept):
                into.add(way)

    for direction in Direction:
        note(None, outcomes_of(policies, direction, one, assumed))
    for end, direction, accepts in product(Direction, Direction, (True, False)):
        outwards = direction is end and is_with_outside(one)
        goes_on = end is Direction.EGRESS and direction is Direction.INGRESS
        if accepts and not outwards and Assumption.CALICO_FORWARD not in assumed:
            continue
        if not accepts and (goes_on or Assumption.CALICO_FORWARD not in assumed):
            continue
        for host in passed(policies, end, one, assumed):
            passing = Passing(host, end, Certainty.PERHAPS, accepts)
            told = outcomes(policies, direction, one, assumed, passing)
            pod = one.source if end is Direction.EGRESS else one.destination
            group = groups[host.name], reading(cluster, host, pod)
            note((group, end, direction, accepts), told)
            if outwards and accepts and is_sure(policies, host, end, one):
                note(None, told)
    return frozenset(found[0]), frozenset(found[1])


def turns(
    sides: Sequence[Cluster],
    ends: tuple[At, At],
    port: int,
    assumed: Assumptions,
    reading: Reading = nothing,
) -> set[Turn]:
    """What becomes of a connection that each side has in some set-up, and lacks in another."""
    groups = alike(sides)
    told = [
        [
            denied(side, one, assumed, groups, reading)
            for pair in product(*(endpoints(side, at) for at in ends))
            for one in (Connection(*pair, Protocol.TCP, port, Family.IPV4),)
            if in_scope(one, assumed)
        ]
        for side in sides
    ]
    in_some, in_each = ([{pod[at] for pod in side} for side in told] for at in (0, 1))
    every = {way for side in told for pod in side for ways in pod for way in ways}
    possible = all(has(pods, {None}) for pods in in_some)
    if not possible or any(has(pods, every | {None}) for pods in in_each):
        return set()
    found = set()
    ways = sorted(every - {None}, key=str)
    for on in (set(some) for size in range(len(ways) + 1) for some in combinations(ways, size)):
        for old, new in (in_some, in_each):
            before, after = has(old, on | {None}), has(new, on | {None})
            if before != after:
                found.add(ADDED if after else REMOVED)
    return found


def has(pods: set[Denied], on: set[Way | None]) -> bool:
    """Whether some pod gets through in the set-up with these ways."""
    return any(not ways & on for ways in pods)


def told(report: ConnectivityReport, ends: tuple[At, At], port: int) -> set[Turn]:
    """What the report says of the connection, where both sides have it perhaps."""
    return {
        (one.change, one.perhaps_in)
        for one in report.shifts
        if one.perhaps_in is Side.BOTH and holds(one.sources, ends[0])
        if holds(one.destinations, ends[1]) and has_port(one, port)
    }


def holds(end: Ends, at: At) -> bool:
    if isinstance(end, Outside):
        return isinstance(at, str) and any(IPAddress(at) in IPNetwork(one) for one in end.cidrs)
    return at in end.names


def has_port(shift: Shift, port: int) -> bool:
    ranges = shift.ports[SLOTS.index((Family.IPV4, Protocol.TCP))]
    return any(first <= port <= last for first, last in ranges)


# --- clusters -----------------------------------------------------------------------------------


def pod(name: str, node: str, owner: str = "", app: str = "") -> str:
    """A pod on a node, of a workload by the name of its owner."""
    text = POD.format(name=name, node=f"nodeName: {node}, " if node else "")
    owned = f"ownerReferences: [{{apiVersion: apps/v1, kind: ReplicaSet, name: {owner}, uid: u, "
    owned += "controller: true}], "
    text = text.replace(f"labels: {{app: {name}}}", f"labels: {{app: {app or name}}}")
    return text.replace("labels:", f"{owned}labels:") if owner else text


def host(name: str, node: str, role: str = "") -> str:
    return HOST.format(name=name, node=node).replace(f"role: {name}", f"role: {role or name}")


TO_DB = "{action: Deny, destination: {selector: app == 'db'}}"
REST = "{action: Allow}"
DB = pod("db", "n9")
SPREAD = pod("a", "n1", "web") + pod("b", "n2", "web")
TWO_HOSTS = host("one", "n1") + host("two", "n2")
ALIKE = host("one", "n1", "one") + host("two", "n2", "one")
FIRST = gate("egress", TO_DB, REST, name="first") + gate("ingress", REST, name="rest")
OUT = gate("egress", TO_DB, REST, host="two", name="out")
IN = gate("ingress", TO_DB, REST, host="two", name="in")
REST_IN = gate("ingress", REST, host="two", name="rest-in")
REST_OUT = gate("egress", REST, host="two", name="rest-out")

ONLY = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: {app}, namespace: shop}}
spec:
  podSelector: {{matchLabels: {{app: {app}}}}}
  policyTypes: [Egress]
  egress: [{{ports: [{{port: {port}}}]}}]
"""
TIED = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {{name: {name}}}
spec:
  order: 5
  selector: app == 'c'
  types: [Egress]
  egress: [{{action: {action}, protocol: TCP, destination: {{ports: [99]}}}}]
"""
UNLIKE_PORTS = pod("a", "n1", "web") + pod("b", "", "web") + host("one", "n1")
UNLIKE_PORTS += ONLY.format(app="a", port=80) + ONLY.format(app="b", port=443)


def no(ports: str, direction: str = "egress") -> str:
    """What lets all through in the direction but some ports of TCP."""
    denied = f"{{action: Deny, protocol: TCP, destination: {{ports: [{ports}]}}}}"
    return gate(direction, denied, REST, name=f"no-{direction}")


def compared(old: str, new: str, assumed: Assumptions = DEFAULTS) -> ConnectivityReport:
    """The report on two clusters, each from a file of its own."""
    texts = {"old.yaml": SPACE + OWN + old}, {"new.yaml": SPACE + OWN + new}
    options = ConnectivityOptions(assumed)
    return compare_connectivity(*(load_texts(one) for one in texts), options)


ROWS = [
    # Where hosts are asked for egress, `a` is denied on both sides, and `b` in NEW alone: it is
    # denied in OLD where they are asked for ingress. `a` has the connection in all other cases.
    ("pods on unlike hosts", SPREAD + TWO_HOSTS + FIRST + IN + REST_OUT,
     SPREAD + TWO_HOSTS + FIRST + OUT + REST_IN, {ADDED, REMOVED}),
    ("nothing changes", SPREAD + TWO_HOSTS + FIRST + IN, SPREAD + TWO_HOSTS + FIRST + IN, set()),
    # What denies `b` as well as before, and by one way more, leaves `a` as it is.
    ("one pod of two", SPREAD + TWO_HOSTS + FIRST + OUT + REST_IN,
     SPREAD + TWO_HOSTS + FIRST + OUT + IN, {REMOVED}),
    ("one pod gone", SPREAD + TWO_HOSTS + FIRST + IN, pod("a", "n1", "web") + TWO_HOSTS + FIRST
     + IN, {REMOVED}),
    ("to a host alike", pod("a", "n1", "web") + ALIKE + FIRST,
     pod("a", "n2", "web") + ALIKE + FIRST, set()),
    ("to an unlike host", pod("a", "n1", "web") + TWO_HOSTS + FIRST + OUT,
     pod("a", "n2", "web") + TWO_HOSTS + FIRST + OUT, {ADDED, REMOVED}),
    # A pod that waits for a node may get one on which it is not denied.
    ("one waiting", pod("a", "n1", "web") + pod("b", "", "web") + TWO_HOSTS + FIRST + OUT,
     pod("a", "n1", "web") + TWO_HOSTS + FIRST + OUT, {REMOVED}),
    # On port 80 it is another way through the host of `a` that denies, and `b` has other ports.
    ("one waiting that shares no port", UNLIKE_PORTS + no("80, 443") + no("443", "ingress"),
     UNLIKE_PORTS + no("443") + no("80, 443", "ingress"), {ADDED, REMOVED}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "expected"), ROWS, ids=[one[0] for one in ROWS])
def test_row(name: str, old: str, new: str, expected: set[Turn]) -> None:
    del name
    ends = ("shop", "web", "ReplicaSet"), ("shop", "db", "Pod")
    for sides, turned in (((old, new), expected), ((new, old), back(expected))):
        found = compared(*(DB + one for one in sides))
        assert told(found, ends, 80) == turned
        if found.relation is Relation.EQUIVALENT:
            assert not turned
        for one in found.samples:
            assert one.elsewhere is not None or one.shift.perhaps_in is not Side.BOTH
            assert one.there.decision.allowed
            assert one.elsewhere is None or not one.elsewhere.decision.allowed


def back(expected: set[Turn]) -> set[Turn]:
    return {ADDED if one == REMOVED else REMOVED for one in expected}


def test_a_change_of_pods_on_unlike_hosts_is_not_equivalent() -> None:
    """Each way through a host by itself leaves the workload what it had: by its other pod."""
    _, old, new, _ = ROWS[0]
    found = compared(DB + old, DB + new)
    assert found.relation is Relation.INCOMPARABLE
    assert {(one.change, one.perhaps_in) for one in found.shifts} == {ADDED, REMOVED}


def test_what_maps_that_are_compared_depend_on_is_counted_as_in_a_map_alone() -> None:
    """Also of addresses that ways through hosts alone tell apart."""
    near, far = (
        f"{{action: Deny, protocol: TCP, destination: {{{nets}: [8.0.0.0/8], ports: [80]}}}}"
        for nets in ("nets", "notNets")
    )
    text = pod("a", "") + host("one", "n1") + gate("egress", near, REST, name="near")
    text += (
        gate("ingress", far, REST, name="far")
        + pod("c", "")
        + "".join(
            TIED.format(name=f"tied-{action.lower()}", action=action)
            for action in ("Allow", "Deny")
        )
    )
    cluster = load_texts({"f": SPACE + OWN + text}).cluster
    alone = doubts_of(map_of(cluster, Query(families=Families.APART)))
    assert alone == Doubts(order=2, set_up=2, places=3)
    assert {doubts_of(one) for one in comparable.maps_of(cluster, cluster, DEFAULTS)} == {alone}


def test_a_set_tells_of_the_ways_that_its_pods_pass() -> None:
    """However many hosts there are: 3 for egress at its source, and 4 at its destination."""
    names = [f"h{at}" for at in range(5)]
    text = "".join(
        pod(name, name) + host(name, name) + gate("egress", TO_DB, REST, host=name, name=name)
        for name in names
    )
    old, new = (load_texts({"f": SPACE + OWN + DB + text + more}).cluster for more in ("", IN))
    for found in comparable.maps_of(old, new, DEFAULTS - {Assumption.TIES}):
        assert len(found.query.outcomes) == 5 * 7
        for row in found.relation.rows:
            assert all(len(found.relation.sets.ways(ports)) <= 7 for ports, _ in row)


def test_a_map_that_forgets_a_way_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of very many ways those are held against the oracle that a sampled connection passes."""
    right, names = AtHosts.ways, [f"h{at}" for at in range(6)]
    text = "".join(
        pod(name, name) + host(name, name) + gate("egress", TO_DB, REST, host=name, name=name)
        for name in names
    )
    both = (load_texts({"f": SPACE + OWN + DB + text}).cluster for _ in range(2))

    def ways(self: AtHosts, at: int, outcomes: Sequence[Outcome]) -> Iterator[tuple[Any, Outcome]]:
        found = right(self, at, outcomes)
        return (one for one in found if getattr(one[1].set_up, "host", "") != "h2")

    monkeypatch.setattr(AtHosts, "ways", ways)
    with pytest.raises(DisagreementError, match="map of connections"):
        comparable.maps_of(*both, DEFAULTS)


def everywhere(count: int) -> tuple[str, str]:
    """Two workloads with pods on each of some unlike hosts, of which the last one changes."""
    names = [f"h{at}" for at in range(count)]
    text = "".join(
        pod(f"{name}-{app}", name, app, app) + more
        for name in names
        for app, more in (("db", ""), ("web", host(name, name)))
    )
    gates = [gate("egress", TO_DB, REST, host=name, name=name) for name in names]
    last = gates[-1].replace("[Egress]", "[Ingress]").replace("egress:", "ingress:")
    return text + "".join(gates), text + "".join((*gates[:-1], last))


def test_sets_of_pods_on_many_hosts_grow_with_the_pairs_of_pods() -> None:
    """Twice as many hosts have four times as many pairs; a set for each further pod is more."""
    sizes = []
    for count in (4, 8):
        sides = (load_texts({"f": SPACE + OWN + one}).cluster for one in everywhere(count))
        maps = comparable.maps_of(*sides, DEFAULTS - {Assumption.TIES})
        shifts_of(*maps)
        sizes.append(sum(map(len, maps[0].relation.sets._members.values())))
    assert sizes[1] < 5 * sizes[0]


def test_very_many_pods_are_told_apart_by_some() -> None:
    """A host is alone in what changes, and its pods are among those of workloads on all hosts."""
    found = compared(*everywhere(8))
    ends = ("shop", "web", "ReplicaSet"), ("shop", "db", "ReplicaSet")
    assert told(found, ends, 80) == {ADDED, REMOVED}
    (one, *_) = [one for one in found.samples if one.shift.perhaps_in is Side.BOTH]
    passed_hosts = [side.passing.host.name for side in one.there.decision.hosts if side.passing]
    assert passed_hosts in ([], ["h7"])


def test_what_only_pods_without_a_node_show_is_found_beside_many_with_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No connection shows it where these count as if they passed the hosts of the others."""
    right, asked = in_set_ups._in_some_set_up, list[Names]()

    def counted(names: Names, *given: Any) -> Any:
        asked.append(names)
        return right(names, *given)

    monkeypatch.setattr(in_set_ups, "_in_some_set_up", counted)
    text = FIRST + "".join(
        pod(f"{app}{at}", f"n{at}", app, app) + (host(f"h{at}", f"n{at}", "one") if last else "")
        for at in range(6)
        for app, last in (("db", False), ("web", True))
    )
    found = compared(text + pod("more", "", "web", "web"), text)
    assert {(one.change, one.perhaps_in) for one in found.shifts} == {REMOVED}
    assert len(asked) <= 4 * 7


def test_a_note_says_that_hosts_alike_are_asked_alike() -> None:
    """Where there are some, and what passes them is open."""
    rows = {name: (DB + old, DB + new) for name, old, new, _ in ROWS}
    told = {name: codes(compared(*rows[name])) for name in ("to a host alike", "one pod gone")}
    assert "asked-alike" in told["to a host alike"]
    assert "asked-alike" not in told["one pod gone"]
    plain = (one.replace("  applyOnForward: true\n", "") for one in rows["to a host alike"])
    assert "asked-alike" not in codes(compared(*plain))


NOT_KNOWN = pod("a", "", "web", "a") + pod("b", "", "web", "b") + TWO_HOSTS


def not_from(app: str, name: str) -> str:
    """What a host of the name lets through: all but what pods with the label send."""
    denied = f"{{action: Deny, source: {{selector: app == '{app}'}}}}"
    return gate("egress", denied, REST, host=name, name=name)


def test_a_note_says_that_pods_of_a_workload_are_taken_to_pass_the_same_hosts() -> None:
    """Where `a` is on one node and `b` on the other, it takes the set-up of one side to connect."""
    old = DB + NOT_KNOWN + not_from("a", "one") + not_from("b", "two")
    new = DB + NOT_KNOWN + not_from("b", "one") + not_from("a", "two")
    found = compared(old, new)
    assert found.relation is Relation.EQUIVALENT
    assert "passing-alike" in codes(found)
    more = pod("c", "", "web", "a")
    assert "passing-alike" in codes(compared(old, old + more))
    waiting, there = "spec: {containers", "spec: {nodeName: n1, containers"
    known = (one.replace(waiting, there) for one in (old, new))
    assert "passing-alike" not in codes(compared(*known))
    alone = (one.replace(pod("b", "", "web", "b"), "") for one in (old, new))
    assert "passing-alike" not in codes(compared(*alone))


def codes(report: ConnectivityReport) -> set[str]:
    return {one.code for side in (report.old, report.new) for one in side.notes}


# --- planted errors -----------------------------------------------------------------------------


def one_pod_stands_for_all(_: Function) -> Function:
    return lambda sets, numbers: reduce(sets.union, numbers)


def whoever_waits_is_on_every_host(right: Function) -> Function:
    return lambda *given: (((number, False), one) for (number, _), one in right(*given))


def each_host_is_asked_by_itself(right: Function) -> Function:
    return lambda *sides: tuple(
        frozenset((name,)) for names in right(*sides) for name in sorted(names)
    )


def some_way_is_enough(_: Function) -> Function:
    return lambda here, _there: (here[None], here[None])


PLANTED: list[tuple[object, str, Callable[[Function], Function], str]] = [
    (PortSets, "some_of", one_pod_stands_for_all, "pods on unlike hosts"),
    (AtHosts, "ways", whoever_waits_is_on_every_host, "one waiting"),
    (comparable, "_alike", each_host_is_asked_by_itself, "to a host alike"),
    (in_set_ups, "_way_apart", some_way_is_enough, "pods on unlike hosts"),
]


@pytest.mark.parametrize(
    ("place", "name", "error", "killed_by"), PLANTED, ids=[one[2].__name__ for one in PLANTED]
)
def test_planted_errors_are_noticed(
    place: object,
    name: str,
    error: Callable[[Function], Function],
    killed_by: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (row,) = (one for one in ROWS if one[0] == killed_by)
    monkeypatch.setattr(place, name, error(getattr(place, name)))
    with pytest.raises((AssertionError, DisagreementError)):
        test_row(*row)


# --- generated clusters -------------------------------------------------------------------------

ROLES, APPS = ("r", "s"), ("a", "b", "c")
CONDITIONS = (
    "",
    ", protocol: TCP, destination: {ports: [80]}",
    ", destination: {nets: [8.0.0.0/8]}",
    *(f", source: {{selector: app == '{app}'}}" for app in APPS),
    *(f", destination: {{selector: app == '{app}'}}" for app in APPS),
)


def pods(rng: random.Random, nodes: Sequence[str]) -> str:
    return "".join(
        pod(f"{owner}-{number}", rng.choice(nodes), owner, rng.choice(APPS))
        for owner in ("v", "w")
        for number in range(rng.choice((1, 2, 2, 3)))
    )


def gates(rng: random.Random, prefix: str, orders: Sequence[int]) -> list[str]:
    def rule() -> str:
        action = rng.choice(("Allow", "Deny", "Pass"))
        return f"{{action: {action}{rng.choice(CONDITIONS)}}}"

    return [
        gate(
            rng.choice(("egress", "ingress")),
            *(rule() for _ in range(rng.randint(0, 2))),
            host=rng.choice(ROLES),
            name=f"{prefix}{number}",
            order=rng.choice(orders),
        )
        for number in range(rng.randint(1, 4))
    ]


def changed(rng: random.Random, further: Sequence[str] = ("n9",)) -> tuple[str, str]:
    """A cluster before and after some policies, or the nodes of its pods, have changed."""
    hosts = [host(f"h{at}", f"n{at}", rng.choice(ROLES)) for at in range(rng.randint(2, 3))]
    nodes = [*(f"n{at}" for at in range(len(hosts))), *further]
    orders = rng.choice(((1, 2), range(10, 99)))
    before = gates(rng, "g", orders)
    after = [one for one in before if rng.random() < 0.7]
    after += rng.choice(([], gates(rng, "k", orders)[:1]))
    there = pods(rng, nodes)
    later = rng.choice((there, there, pods(rng, nodes)))
    shared = "".join(hosts)
    return shared + there + "".join(before), shared + later + "".join(after)


def cases(rng: random.Random, sides: Sequence[Cluster]) -> Iterator[tuple[tuple[At, At], int]]:
    names = sorted({*workloads_by_name(sides[0]), ("", "h0", "HostEndpoint")})
    beside: list[At] = [*names, "8.8.8.8", "9.9.9.9"]
    pairs = [one for one in product(beside, repeat=2) if not all(isinstance(x, str) for x in one)]
    for pair in rng.sample(pairs, 12):
        yield pair, rng.choice((80, 443))


def test_every_set_up_tells_the_same() -> None:
    """The first seeds have connections that come and such that go."""
    seen = set[Turn]()
    for seed in range(6, 6 + repeats(20)):
        rng = random.Random(seed)
        assumed = rng.choice((DEFAULTS, DEFAULTS - {Assumption.TIES}))
        found = compared(*changed(rng), assumed)
        sides = found.old.cluster, found.new.cluster
        if len({*alike(sides).values()}) > 2:
            continue
        for ends, port in cases(rng, sides):
            expected = turns(sides, ends, port, assumed)
            assert told(found, ends, port) == expected, (seed, ends, port)
            seen |= expected
    assert seen == {ADDED, REMOVED}


def test_pods_without_a_node_are_told_as_some_reading_tells() -> None:
    """Whether others tell what they pass takes the kinds of pods; the first seeds have changes."""
    seen = set[Turn]()
    for seed in range(7, 7 + repeats(15)):
        rng = random.Random(seed)
        assumed = rng.choice((DEFAULTS, DEFAULTS - {Assumption.TIES}))
        found = compared(*changed(rng, ("n9", "", "")), assumed)
        sides = found.old.cluster, found.new.cluster
        if len({*alike(sides).values()}) > 1:
            continue
        for ends, port in cases(rng, sides):
            least, most = (turns(sides, ends, port, assumed, x) for x in (nothing, certainty))
            assert least <= told(found, ends, port) <= most, (seed, ends, port)
            seen |= least
    assert seen == {ADDED, REMOVED}
