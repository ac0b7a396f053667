"""Host endpoints in the map of connections, and in what comes and goes between two clusters."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests import strategies as own
from tests.calico_strategies import HOST_ADDRESSES, forwarding_clusters, host_clusters
from tests.profiles import examples
from tests.schema_check import checked
from tests.test_connections_map import (
    Key,
    Listed,
    addresses_of_nodes,
    families,
    is_own,
    keys_of,
    triples,
)
from tests.test_connectivity_changes import TURNS, Turn

from netproof.cli import main
from netproof.comparison.connectivity import compare_connectivity
from netproof.comparisons import Change, Relation, Side
from netproof.connectivity import points, units
from netproof.connectivity.changes import Workloads, shifts_between
from netproof.connectivity.flows import Flow
from netproof.connectivity.mapping import Map, Query, map_of
from netproof.connectivity.points import HostAt
from netproof.connectivity.selection import Selection
from netproof.connectivity.units import By
from netproof.decisions import Certainty, Ranges
from netproof.oracle.addresses import family_of, in_block
from netproof.oracle.claims import in_scope, member
from netproof.oracle.connections import Favour, decide
from netproof.oracle.forwarded import SetUp, ways_through
from netproof.replay import DisagreementError
from netproof.reports.connections.page import LEFT_OUT
from netproof.schemas import CONNECTIVITY
from netproof_encodings.decision.conditions import Found, IsHost
from netproof_encodings.lowering import every_tier, lower
from netproof_encodings.vocabulary.mentioned import vocabulary_of
from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    Anything,
    EndpointSet,
    HostNamed,
    HostsWhere,
    PodsWhere,
)
from netproof_specs.loading import load_texts
from netproof_specs.model.calico import CalicoTier
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.connections import (
    DYNAMIC_PORT,
    Connection,
    Endpoint,
    ExternalEndpoint,
    PodEndpoint,
)
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Family, Protocol

PORTS = (22, 53, 80, 4789)


def outside_addresses(cluster: Cluster) -> list[str]:
    """Addresses of nobody, some in every block of the strategies."""
    taken = {address for one in cluster.workloads for address in one.addresses}
    taken |= {address for one in cluster.hosts for address in one.addresses}
    every = (*own.EXTERNAL_ADDRESSES, *own.POD_ADDRESSES, *own.POD_ADDRESSES_6, *HOST_ADDRESSES)
    return [address for address in dict.fromkeys(every) if address not in taken]


def at_addresses(host: HostEndpoint, family: Family) -> list[HostEndpoint]:
    """The host endpoint by each address that it expects, or by none."""
    known = [one for one in host.addresses if family_of(one) is family]
    return [replace(host, addresses=(one,)) for one in known] or [replace(host, addresses=())]


def connections(cluster: Cluster, probed: Sequence[int]) -> Iterator[Connection]:
    """Every connection of pods, host endpoints and outside addresses on the probed ports."""
    outside = map(ExternalEndpoint, outside_addresses(cluster))
    ends: list[Endpoint] = [*own.pods_of(cluster), *cluster.hosts, *outside]
    for source, destination in product(ends, repeat=2):
        for family in families(source, destination):
            both = (
                at_addresses(end, family) if isinstance(end, HostEndpoint) else [end]
                for end in (source, destination)
            )
            for pair, protocol, port in product(product(*both), Protocol, probed):
                yield Connection(*pair, protocol, port, family)


def key_of(end: Endpoint) -> Key:
    if isinstance(end, HostEndpoint):
        return ("", end.name, "HostEndpoint", "0")
    if isinstance(end, ExternalEndpoint):
        return (end.address,)
    assert isinstance(end, PodEndpoint)
    replica = end.replica if end.replicas > 1 else 0
    return (end.namespace.name, end.name, end.kind, str(replica))


Case = tuple[Favour, SetUp]
"""Which of the cases left open is meant: of tied policies, and of what passes hosts."""


def cases_of(assumptions: Assumptions) -> tuple[Case, Case]:
    """The case that lets through the most, and the one that lets through the least."""
    if Assumption.TIES in assumptions:
        return (Favour.ALLOWED, SetUp.OPEN), (Favour.DENIED, SetUp.SHUT)
    return (Favour.DOCUMENTED, SetUp.OPEN), (Favour.DOCUMENTED, SetUp.SHUT)


def expected(
    cluster: Cluster,
    assumptions: Assumptions,
    sets: tuple[EndpointSet, EndpointSet],
    case: Case,
) -> Listed:
    """What the oracle allows from one set to the other, connection by connection."""
    pairs: Listed = {}
    for one in connections(cluster, PORTS):
        if (
            member(one.source, sets[0], one.family)
            and member(one.destination, sets[1], one.family)
            and in_scope(one, assumptions)
            and decide(cluster.every_policy, one, assumptions, *case).allowed
        ):
            key = key_of(one.source), key_of(one.destination)
            pairs.setdefault(key, set()).add((one.protocol, one.port))
    return pairs


def within(port: int, ranges: Ranges) -> bool:
    return any(first <= port <= last for first, last in ranges)


def listed(found: Map, certainties: Collection[Certainty] = tuple(Certainty)) -> Listed:
    """What the map says so of the probed ports and outside addresses."""
    outside = outside_addresses(found.relation.points.cluster)
    of_nodes = addresses_of_nodes(found)
    pairs: Listed = {}
    for source, destination, number in triples(found):
        probes = {
            (one.protocol, port)
            for one in found.ports(number)
            if one.certainty in certainties
            for port in PORTS
            if within(port, one.ports) and within(DYNAMIC_PORT, one.sources)
        }
        for end, other in ((source, destination), (destination, source)):
            assert not is_own(of_nodes, end, other), "nothing of the line is in scope"
        for key in product(keys_of(source, outside), keys_of(destination, outside)):
            assert key not in pairs, "a pair is listed twice"
            one, other = key
            is_left_out = {*one} <= of_nodes.get(other, set())
            if probes and not (is_left_out or {*other} <= of_nodes.get(one, set())):
                pairs[key] = probes
    return pairs


LABELLED = LabelSelector((Requirement("app", Operator.IN, ("a", "b")),))
end_sets = st.sampled_from(
    (
        Anything(),
        Anything(),
        HostsWhere(),
        HostsWhere(LABELLED),
        HostNamed("h1"),
        PodsWhere(pods=LABELLED),
    )
)


@examples(usual=25, thorough=300)
@given(
    cluster=st.one_of(host_clusters(), forwarding_clusters()),
    assumptions=own.assumptions,
    source=end_sets,
    destination=end_sets,
)
def test_the_map_is_what_the_oracle_allows(
    cluster: Cluster,
    assumptions: Assumptions,
    source: EndpointSet,
    destination: EndpointSet,
) -> None:
    """C.4, D.1, D.35 to D.37, D.39: what is listed is possible, and what is so for sure certain."""
    assumptions -= {Assumption.UNKNOWN_POD_ADDRESSES}
    found = map_of(cluster, Query(By.POD, source, destination, assumptions=assumptions))
    most, least = cases_of(assumptions)
    given = (cluster, assumptions, (source, destination))
    assert listed(found) == expected(*given, most)
    assert listed(found, {Certainty.SURELY}) == expected(*given, least)


GROUPS: dict[str, EndpointSet] = {
    "hosts": HostsWhere(),
    "some": AnyOf((HostsWhere(LABELLED), PodsWhere(pods=LABELLED))),
    "block": AddressBlock("10.1.0.0/16"),
    "all": Anything(),
}


@examples(usual=15, thorough=200)
@given(
    cluster=st.one_of(host_clusters(), forwarding_clusters()),
    assumptions=own.assumptions,
)
def test_groups_are_what_the_oracle_allows(cluster: Cluster, assumptions: Assumptions) -> None:
    """A group joins what some pod, host endpoint or address of it can do."""
    assumptions -= {Assumption.UNKNOWN_POD_ADDRESSES}
    found = map_of(cluster, Query(By.GROUP, groups=GROUPS, assumptions=assumptions))
    most, least = cases_of(assumptions)
    assert listed(found) == between_groups(cluster, assumptions, most)
    assert listed(found, {Certainty.SURELY}) == between_groups(cluster, assumptions, least)


def between_groups(cluster: Cluster, assumptions: Assumptions, case: Case) -> Listed:
    """What the oracle allows some member of one group and some of the other."""
    wanted: Listed = {}
    for one in connections(cluster, PORTS):
        held = in_scope(one, assumptions)
        if held and decide(cluster.every_policy, one, assumptions, *case).allowed:
            for source, destination in product(GROUPS, repeat=2):
                if member(one.source, GROUPS[source], one.family) and member(
                    one.destination, GROUPS[destination], one.family
                ):
                    key = ("", source, "Group", "0"), ("", destination, "Group", "0")
                    wanted.setdefault(key, set()).add((one.protocol, one.port))
    return wanted


# --- what comes and goes ------------------------------------------------------------------------

Flat = dict[tuple[Key, Key, Family, Protocol, int], set[Turn]]
"""What becomes of connections, by their ends, family, protocol and port."""


def name_of(end: Endpoint) -> Key:
    """The name of an end in a comparison, of whatever replica."""
    return key_of(end)[:3]


Allowed = set[tuple[Key, Key, Family, Protocol, int]]


def allowed_by(cluster: Cluster, assumptions: Assumptions, case: Case) -> Allowed:
    return {
        (name_of(one.source), name_of(one.destination), one.family, one.protocol, one.port)
        for one in connections(cluster, PORTS)
        if in_scope(one, assumptions)
        and decide(cluster.every_policy, one, assumptions, *case).allowed
    }


def flat_shifts(old: Cluster, new: Cluster, assumptions: Assumptions) -> Flat:
    """The changes that the maps tell, for the probed ports and the addresses of nobody."""
    probes = set(outside_addresses(old)) & set(outside_addresses(new))
    by_unit = addresses_of_nodes(map_of(old, Query()))
    of_nodes = {key[:3]: known for key, known in by_unit.items()}
    found: Flat = {}
    for shift in shifts_between(old, new, assumptions):
        assume(len(shift.stretches) == 1)
        slots = zip(product(Family, Protocol), shift.ports, strict=True)
        for (family, protocol), ranges in slots:
            ports = [one for one in PORTS if any(a <= one <= b for a, b in ranges)]
            ends = [
                list(one.names)
                if isinstance(one, Workloads)
                else [
                    (probe,)
                    for probe in probes
                    if family_of(probe) is family and any(in_block(probe, x) for x in one.cidrs)
                ]
                for one in (shift.sources, shift.destinations)
            ]
            for source, destination, port in product(*ends, ports):
                if of_nodes.get(source, set()) >= {*destination}:
                    continue  # a shift may hold an address of the own node among others
                if of_nodes.get(destination, set()) >= {*source}:
                    continue
                if source != destination or source not in alone(old, new):
                    key = (source, destination, family, protocol, port)
                    found.setdefault(key, set()).add((shift.change, shift.perhaps_in))
    return found


def alone(old: Cluster, new: Cluster) -> set[Key]:
    """Host endpoints, and workloads of one pod, which have no connection with themselves."""
    hosts = {("", one.name, "HostEndpoint") for one in (*old.hosts, *new.hosts)}
    pods = {(one.namespace, one.name, one.kind) for one in old.workloads if one.replicas == 1}
    return hosts | pods


@examples(usual=15, thorough=200)
@given(
    cluster=st.one_of(host_clusters(), forwarding_clusters()),
    assumptions=own.assumptions,
    kept=st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_what_comes_and_goes_is_what_the_oracle_says(
    cluster: Cluster, assumptions: Assumptions, kept: list[bool]
) -> None:
    """The same cluster with fewer policies, profiles and host endpoints."""
    assume(not vocabulary_of(every_tier(lower(cluster.every_policy)), (), ()).source_ports)
    assumptions -= {Assumption.UNKNOWN_POD_ADDRESSES}
    pods = tuple(replace(one, owner=None) for one in cluster.workloads)
    old = replace(cluster, workloads=pods)
    policies = tuple(
        one
        for one, stays in zip(cluster.policies, kept[: len(cluster.policies)], strict=False)
        if stays or isinstance(one, CalicoTier)
    )
    new = replace(old, policies=policies, hosts=cluster.hosts[: 1 + kept[-1]])
    shared = set(outside_addresses(old)) & set(outside_addresses(new))
    held = [
        {
            one
            for one in allowed_by(side, assumptions, case)
            if all(len(end) > 1 or end[0] in shared for end in one[:2])
        }
        for side in (old, new)
        for case in cases_of(assumptions)
    ]
    turns = {
        one: TURNS.get((one in held[0], one in held[1], one in held[2], one in held[3]))
        for one in set().union(*held)
    }
    wanted = {one: {turn} for one, turn in turns.items() if turn is not None}
    perhaps = (held[0] & held[2]) - held[1] - held[3]
    for one, turn in told_apart((old, new), assumptions, perhaps):
        wanted.setdefault(one, set()).add(turn)
    assert flat_shifts(old, new, assumptions) == wanted


def told_apart(
    sides: tuple[Cluster, Cluster], assumptions: Assumptions, perhaps: Allowed
) -> Iterator[tuple[tuple[Key, Key, Family, Protocol, int], Turn]]:
    """What of these some way through a host lets through on one side only."""
    (most, _), (least, _) = cases_of(assumptions)
    for one in connections(sides[0], PORTS) if perhaps else ():
        key = name_of(one.source), name_of(one.destination), one.family, one.protocol, one.port
        if key in perhaps and in_scope(one, assumptions):
            ways = {
                way for side in sides for way in ways_through(side.every_policy, one, assumptions)
            }
            for way, favour in product([SetUp.OPEN, *ways], {most, least}):
                before, after = (
                    decide(side.every_policy, one, assumptions, favour, way).allowed
                    for side in sides
                )
                if before is not after:
                    yield key, (Change.ADDED if after else Change.REMOVED, Side.BOTH)


# --- what people and programs read ----------------------------------------------------------------

CLUSTER = """
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: w1, labels: {role: worker, zone: a}}
spec: {node: n1, interfaceName: "*", expectedIPs: [10.240.0.4], profiles: [open]}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: w2, labels: {role: worker}}
spec: {node: n2, interfaceName: "*", expectedIPs: [10.240.0.5, "2001:db8::5"]}
---
apiVersion: projectcalico.org/v3
kind: Profile
metadata: {name: open}
spec: {egress: [{action: Allow}], ingress: [{action: Allow, protocol: TCP}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: n1, containers: [{name: c}]}
status: {podIP: 10.1.0.1}
"""
POLICY = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: vpe}
spec:
  selector: role == 'worker'
  types: [Egress]
  egress: [{action: Allow, protocol: TCP, destination: {nets: [10.245.0.0/16], ports: [443]}}]
"""


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory with OLD and with NEW, which has one policy more."""
    monkeypatch.chdir(tmp_path)
    Path("old.yaml").write_text(CLUSTER, encoding="utf-8")
    Path("new.yaml").write_text(CLUSTER + POLICY, encoding="utf-8")


def shown(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What a run prints."""
    assert main([*arguments]) == code
    return capsys.readouterr().out


@pytest.mark.usefixtures("there")
def test_lists(capsys: pytest.CaptureFixture[str]) -> None:
    table = shown(capsys, "connections", "new.yaml")
    assert "shop/web         ->  HostEndpoint/w2" in table
    assert "HostEndpoint/w2  ->  shop/web" in table
    assert "HostEndpoint/w1  ->  shop/web" not in table  # They are on one node.
    assert "1 workload, 2 host endpoints, 1 policy" in table
    cells = shown(capsys, "connections", "new.yaml", "--output", "csv")
    assert "external,,0.0.0.0/0 ::/0,HostEndpoint,,w1,all," in cells
    dot = shown(capsys, "connections", "new.yaml", "--output", "dot")
    assert 'label="host endpoints"' in dot
    assert '"HostEndpoint/w1" [label="w1"];' in dot
    page = shown(capsys, "connections", "new.yaml", "--output", "html")
    assert "1 workload, 2 host endpoints and outside addresses" in page
    assert '"ask":"HostEndpoint/w1"' in page.replace('": ', '":')
    only = shown(capsys, "connections", "new.yaml", "--from", "hosts(zone=a)", "--by", "pod")
    sources = {line.split()[0] for line in only.splitlines() if "->" in line}
    assert sources == {"HostEndpoint/w1"}
    nobody = shown(capsys, "connections", "new.yaml", "--to", "hosts(zone=b)")
    assert "holds no pod or host endpoint of the input" in nobody


@pytest.mark.usefixtures("there")
def test_summary(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "connections", "new.yaml", "--summary")
    assert "every workload and host endpoint" in text or "hosts" in text
    assert "no pod or host endpoint is listed with itself" in text
    data = checked(
        shown(capsys, "connections", "new.yaml", "--summary", "--output", "json"),
        "connections-summary",
    )
    hosts = [one for one in data["endpoints"] if one["kind"] == "HostEndpoint"]
    assert [(one["name"], one["onePod"]) for one in hosts] == [("w1", True), ("w2", True)]


ON_THE_NODE = """\
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop, labels: {app: agent}}
spec: {hostNetwork: true, nodeName: n1, containers: [{name: c}]}
status: {hostIP: 10.9.0.1, podIP: 10.9.0.1, podIPs: [{ip: 10.9.0.1}]}
"""


def test_a_summary_does_not_say_that_a_node_and_its_own_pods_are_kept_apart(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they are is in no map (A.42, A.43)."""
    monkeypatch.chdir(tmp_path)
    host = (
        "apiVersion: projectcalico.org/v3\nkind: HostEndpoint\n"
        "metadata: {name: w%d, labels: {role: worker}}\n"
        "spec: {node: n%d, interfaceName: eth0, expectedIPs: [10.9.0.%d]}\n"
    )
    hosts = "---\n".join(host % (at, at, at) for at in (1, 2))
    allow = (
        "---\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\n"
        "metadata: {name: open}\n"
        "spec: {selector: role == 'worker', ingress: [{action: Allow}], egress: [{action: Allow}]}"
    )
    Path("node.yaml").write_text(f"{hosts}{ON_THE_NODE}{allow}", encoding="utf-8")
    text = shown(capsys, "connections", "node.yaml", "--summary")
    assert "but " not in text
    assert "\n2 pairs on one node, or of one pod, are left out, whatever the lines say " in text
    assert "left out" in shown(
        capsys, "connections", "node.yaml", "--summary", "--output", "markdown"
    )
    data = checked(
        shown(capsys, "connections", "node.yaml", "--summary", "--output", "json"),
        "connections-summary",
    )
    assert [(one["allowed"], one["leftOut"]) for one in data["exceptions"]] == [([], True)] * 2
    page = shown(capsys, "connections", "node.yaml", "--output", "html")
    changes = [json.loads(one) for one in re.findall(r'"changes": ?(\{[^}]*\})', page)]
    assert sorted(value for one in changes for value in one.values()) == [LEFT_OUT] * 5


@pytest.mark.usefixtures("there")
def test_a_pod_that_leaves_a_node_was_there_before(capsys: pytest.CaptureFixture[str]) -> None:
    """What a node and its own pods do is in no map, which is not to say that one is missing."""
    Path("moved.yaml").write_text(CLUSTER.replace("nodeName: n1", "nodeName: n3"), encoding="utf-8")
    asked = ["compare", "old.yaml", "moved.yaml", "--what", "connectivity"]
    text = shown(capsys, *asked, code=1)
    left_out = "    old           left out: in OLD they are on one node, or share no family "
    assert left_out in text
    assert "has not both" not in text
    back = shown(capsys, "compare", "moved.yaml", "old.yaml", *asked[3:], code=1)
    assert "    new           left out: in NEW they are on one node" in back
    samples = checked(shown(capsys, *asked, "--output", "json", code=1), CONNECTIVITY)["samples"]
    assert [one["old"] for one in samples if one["change"] == "added"] == [None]


@pytest.mark.usefixtures("there")
def test_json_and_groups(capsys: pytest.CaptureFixture[str]) -> None:
    json_text = shown(capsys, "connections", "new.yaml", "--output", "json")
    data = checked(json_text, "connections")
    host = {"kind": "HostEndpoint", "name": "w2", "labels": {"role": "worker"}}
    assert any(one["destination"] == host for one in data["connections"])
    groups = {"groups": {"workers": {"hosts": {"role": "worker"}}, "all": "ns:shop"}}
    Path("g.yaml").write_text(json.dumps(groups), encoding="utf-8")
    grouped = shown(capsys, "connections", "new.yaml", "--by", "group", "--spec", "g.yaml")
    assert "workers  ->  workers" in grouped
    assert "all      ->  workers" in grouped


@pytest.mark.usefixtures("there")
def test_host_endpoints_alone_have_a_map(capsys: pytest.CaptureFixture[str]) -> None:
    Path("hosts.yaml").write_text(CLUSTER.rpartition("---")[0], encoding="utf-8")
    assert "HostEndpoint/w2" in shown(capsys, "connections", "hosts.yaml")
    checked(shown(capsys, "connections", "hosts.yaml", "--output", "json"), "connections")
    summary = shown(capsys, "connections", "hosts.yaml", "--summary", "--output", "json")
    checked(summary, "connections-summary")
    same = shown(capsys, "compare", "hosts.yaml", "hosts.yaml", "--what", "connectivity")
    assert "EQUIVALENT" in same


@pytest.mark.usefixtures("there")
def test_a_host_endpoint_goes_by_the_name_that_reports_print(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = shown(capsys, "connections", "new.yaml", "--from", "HostEndpoint/w2")
    assert "HostEndpoint/w2  ->  shop/web" in table
    assert "HostEndpoint/w1  ->" not in table
    assert main(["connections", "new.yaml", "--from", "HostEndpoint/w9"]) == 2
    assert "no host endpoint `w9` for --from" in capsys.readouterr().err
    ask = ("verify", "new.yaml", "--claim")
    assert main([*ask, "HostEndpoint/w2 cannot reach shop/web"]) == 1
    text = capsys.readouterr().out
    assert "1 host endpoint in HostEndpoint/w2" in text
    assert "counterexample  HostEndpoint/w2  ->  shop/web" in text
    assert main([*ask, "HostEndpoint/w9 cannot reach shop/web"]) == 1
    text = capsys.readouterr().out
    assert "VACUOUS" in text
    assert "no host endpoint of the input is called `w9`" in text
    assert main([*ask, "HostEndpoint/W_1 cannot reach shop/web"]) == 2
    assert "write `HostEndpoint/NAME`" in capsys.readouterr().err


COMPARE = ("compare", "old.yaml", "new.yaml", "--what", "connectivity")


@pytest.mark.usefixtures("there")
def test_comparison_of_connectivity(capsys: pytest.CaptureFixture[str]) -> None:
    """D.3: who is selected loses what the profile allowed; who has none gains the range."""
    text = shown(capsys, *COMPARE, code=1)
    assert "INCOMPARABLE" in text
    assert "- HostEndpoint/w1  ->  HostEndpoint/w2, shop/web" not in text
    assert "HostEndpoint/w2  ->  10.245.0.0/16  TCP 443" in text
    assert "no rule admits it" in text
    data = checked(shown(capsys, *COMPARE, "--output", "json", code=1), "connectivity")
    ends = [one["source"] for one in data["changes"]]
    assert any(one.get("hosts") == ["w1"] and one["workloads"] == [] for one in ends)
    sarif = json.loads(shown(capsys, *COMPARE, "--output", "sarif", code=1))
    messages = [one["message"]["text"] for one in sarif["runs"][0]["results"]]
    assert any("HostEndpoint/w1" in one for one in messages)


def test_a_profile_that_asks_for_source_ports() -> None:
    """D.19: only with the host endpoints that list it a profile has rules at all."""
    asked = CLUSTER.replace("protocol: TCP}", "protocol: TCP, source: {ports: [53]}}")
    sides = [load_texts({"a": one}) for one in (CLUSTER, asked)]
    found = compare_connectivity(*sides)
    assert found.relation is Relation.NARROWER
    assert all((53, 53) in one.stretches for one in found.shifts)


def test_a_side_without_host_endpoints_is_a_cluster_of_calico_too() -> None:
    """D.6, D.42: one plug-in enforces both sides, so that tunnels are denied on both."""
    pod = CLUSTER.rpartition("---")[2]
    old, new = load_texts({"a": pod}), load_texts({"a": CLUSTER})
    found = compare_connectivity(old, new)
    assert found.relation is Relation.WIDER
    assert not any(one.change is Change.REMOVED for one in found.shifts)


# --- planted errors -----------------------------------------------------------------------------

RICH = f"""{CLUSTER}---
apiVersion: v1
kind: Pod
metadata: {{name: proxy, namespace: shop, labels: {{app: proxy}}}}
spec: {{nodeName: n2, hostNetwork: true, containers: [{{name: c}}]}}
status: {{podIP: 10.240.0.5}}
---
apiVersion: v1
kind: Pod
metadata: {{name: agent, namespace: shop, labels: {{app: agent}}}}
spec: {{nodeName: n2, hostNetwork: true, containers: [{{name: c}}]}}
status: {{podIP: 10.240.0.9}}
---
apiVersion: v1
kind: Pod
metadata: {{name: db, namespace: shop, labels: {{app: db}}}}
spec: {{nodeName: n3, containers: [{{name: c}}]}}
status: {{podIP: 10.1.0.2}}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {{name: w4, labels: {{role: worker}}}}
spec: {{node: n4, interfaceName: "*", profiles: [projectcalico-default-allow]}}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {{name: db}}
spec:
  selector: app == 'db'
  ingress:
  - action: Allow
    protocol: TCP
    source: {{selector: role == 'worker'}}
    destination: {{ports: [22]}}
  - action: Allow
    protocol: TCP
    source: {{nets: [10.240.0.4/32]}}
    destination: {{ports: [80]}}
  - action: Allow
    protocol: UDP
    source: {{notSelector: has(role)}}
    destination: {{ports: [53]}}
"""


def is_right() -> bool:
    """Whether the map of a cluster with all sorts of host endpoints is what the oracle allows."""
    cluster = load_texts({"f": RICH}).cluster
    try:
        found = listed(map_of(cluster, Query(By.POD)))
    except DisagreementError:
        return False
    most, _ = cases_of(DEFAULTS)
    return found == expected(cluster, DEFAULTS, (Anything(), Anything()), most)


def _as_subjects_only(self: Selection, atom: IsHost) -> int:
    return HOSTS_OF(self, replace(atom, found=Found.AS_SUBJECT))


def _of_any_name(self: Selection, atom: IsHost) -> int:
    names = tuple(one.name for one in self.points.cluster.hosts)
    return HOSTS_OF(self, replace(atom, names=names))


def _passing_by_no_address(self: Selection, atom: IsHost) -> Iterator[Flow]:
    return PASSING(self, replace(atom, found=Found.AS_SUBJECT))


HOSTS_OF, PASSING = Selection._hosts, Selection._passing
MAP_MUTANTS: list[tuple[object, str, object]] = [
    (Selection, "_hosts", _as_subjects_only),
    (Selection, "_hosts", _of_any_name),
    (Selection, "_hosts", lambda _self, _atom: 0),
    (Selection, "_passing", _passing_by_no_address),
    (Selection, "_passing", lambda _self, _atom: iter(())),
    (HostAt, "node", property(lambda _self: False)),
    (HostAt, "families", property(lambda _self: frozenset(Family))),
    (points, "_host_at", lambda host, _atoms: HostAt(host, 0)),
    (points, "with_hosts", lambda vocabulary, _hosts: vocabulary),
    (units, "_host_parts", lambda *_: iter(())),
]


@pytest.mark.parametrize(
    ("place", "name", "wrong"),
    MAP_MUTANTS,
    ids=[f"{at} {name}" for at, (_, name, _) in enumerate(MAP_MUTANTS)],
)
def test_planted_errors_are_noticed(
    place: object, name: str, wrong: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as planted:
        planted.setattr(place, name, wrong)
        assert not is_right()


def test_without_a_planted_error_the_map_is_right() -> None:
    assert is_right()


def test_no_address_of_a_host_endpoint_is_outside() -> None:
    """D.35: a block of such an address alone is not listed among those outside."""
    cluster = load_texts({"f": RICH}).cluster
    found = map_of(cluster, Query())
    blocks = {cidr for cidrs in found.entering_blocks() for cidr in cidrs}
    assert blocks
    assert not any(in_block("10.240.0.4", cidr) for cidr in blocks)


NODE_ALONE = """
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: h1}
spec: {node: n1, interfaceName: "*", expectedIPs: [10.0.0.1]}
---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: x}
spec: {hostNetwork: true, nodeName: n1, containers: [{name: c}]}
status: {podIP: 10.0.0.1}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: g}
spec: {ingress: [{action: Allow, source: {nets: [10.0.0.1/32]}}]}
"""


def test_a_block_of_nothing_but_the_address_that_a_pod_and_its_host_have() -> None:
    """The map is held against the oracle with that address, which is no other end's."""
    found = map_of(load_texts({"f": NODE_ALONE}).cluster, Query())
    assert "10.0.0.1/32" not in {cidr for one in found.entering_blocks() for cidr in one}
