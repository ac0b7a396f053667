"""Addresses of a pod's own Node are outside every claim, wherever one is spoken of (A.42, A.43)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.typed_checks import assert_alike

import netproof
from netproof import Outcome, Workspace, World
from netproof.cli import main
from netproof.comparison.connectivity import compare_connectivity
from netproof.comparison.policies import CompareOptions
from netproof.comparison.versions import shared_cluster
from netproof.comparisons import Change, Relation
from netproof.connectivity.changes import Outside
from netproof.connectivity.left_out import OWN_NODES
from netproof.connectivity.mapping import Query, map_of
from netproof.oracle.connections import decide
from netproof.oracle.forwarded import SetUp
from netproof.pipeline import VerifyOptions
from netproof.rechecking import recheck
from netproof.verdicts import Verdict
from netproof.verifying.node_addresses import ADDRESS_OF_NODE
from netproof_encodings.vocabulary.room import Room
from netproof_specs.assumptions import DEFAULTS
from netproof_specs.loading import Loaded, load_texts
from netproof_specs.model.connections import Connection, ExternalEndpoint, PodEndpoint, pod_of
from netproof_specs.model.traffic import Family, Protocol
from netproof_specs.problems import InputError

FOUR, SIX = Family


def node(name: str, *addresses: str) -> str:
    """A Node with these addresses."""
    listed = ", ".join(f'{{type: InternalIP, address: "{one}"}}' for one in addresses)
    return (
        f"apiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\n"
        f"status: {{addresses: [{listed}]}}\n"
    )


def pod(name: str, on: str = "", more: str = "") -> str:
    """A pod in the namespace `shop`, which runs on the node if one is given."""
    there = f"nodeName: {on}, " if on else ""
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, "
        f"labels: {{app: {name[:2]}}}}}\nspec: {{{there}{more}containers: []}}\n"
    )


def policy(*blocks: str, subject: str = "{}") -> str:
    """A policy that admits these blocks and nobody else, to TCP 80."""
    peers = ", ".join(f'{{ipBlock: {{cidr: "{one}"}}}}' for one in blocks)
    rules = f"[{{from: [{peers}], ports: [{{port: 80}}]}}]" if blocks else "[]"
    return (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        "metadata: {name: p, namespace: shop}\n"
        f"spec: {{podSelector: {subject}, policyTypes: [Ingress], ingress: {rules}}}\n"
    )


SHOP = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"


def host(name: str, on: str, *expected: str) -> str:
    """A host endpoint for all of a node, whose profile allows everything."""
    return (
        f"apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {{name: {name}}}\n"
        f'spec: {{node: {on}, interfaceName: "*", expectedIPs: {json.dumps(expected)}, '
        "profiles: [projectcalico-default-allow]}\n"
    )


def given(*objects: str) -> Loaded:
    """The load of the objects."""
    return load_texts({"m.yaml": "---\n".join((SHOP, *objects))})


def verdict(claim: str, loaded: Loaded, world: World = World.SNAPSHOT) -> Verdict:
    """The verdict on the claim."""
    options = VerifyOptions(world=world)
    (found,) = netproof.verify(loaded, netproof.claims([claim]), options).verdicts
    return found


N0, N1, N2 = (
    node("n0", "10.0.0.0", "10.0.0.1"),
    node("n1", "10.0.0.1", "fd00::1"),
    node("n2", "10.0.0.2"),
)


# --- what an example shows -------------------------------------------------------------------


def test_the_pod_of_an_example_is_on_another_node() -> None:
    """Of a class on several nodes, the member is named that is not on the node of the address."""
    loaded = given(N1, N2, *(pod(f"db-{at}", "n1") for at in range(6)), pod("db-9", "n2"))
    for claim in (
        "cidr(10.0.0.1/32) cannot reach pods(app=db)",
        "pods(app=db) cannot reach cidr(10.0.0.1/32)",
    ):
        shown = verdict(claim, loaded).counterexample
        assert shown is not None
        ends = {shown.connection.source, shown.connection.destination}
        (named,) = (one for one in ends if isinstance(one, PodEndpoint))
        assert named.name == "db-9"
    shown = verdict("cidr(10.0.0.2/32) cannot reach pods(app=db)", loaded).counterexample
    assert shown is not None
    assert shown.connection.destination.name == "db-0"  # type: ignore[union-attr]


@pytest.mark.parametrize("last", [0, 1, 2])
def test_the_address_of_an_example_is_another_one(last: int) -> None:
    """Where a block holds others as well, one of them is shown: however few there are."""
    taken = [f"10.0.0.{at}" for at in range(4) if at != last]
    loaded = given(node("n1", *taken), pod("db", "n1"), policy("10.0.0.0/30"))
    for claim in ("cidr(10.0.0.0/30) cannot reach shop/db", "external cannot reach shop/db"):
        shown = verdict(claim, loaded).counterexample
        assert shown is not None
        assert shown.connection.source == ExternalEndpoint(f"10.0.0.{last}")


def test_addresses_in_no_block_may_run_out() -> None:
    """All addresses but one in blocks: the one left is that of the own node."""
    halves = ["0.0.0.0/1", *(_around(at) for at in range(1, 32))]
    others = given(node("n1", "128.0.0.0"), pod("db", "n1"), policy(*halves, "::/0"))
    assert verdict("external can reach shop/db on TCP/80", others).outcome is Outcome.PROVED
    moved = given(node("n1", "128.0.0.1"), pod("db", "n1"), policy(*halves, "::/0"))
    assert verdict("external can reach shop/db on TCP/80", moved).outcome is Outcome.REFUTED


def _around(length: int) -> str:
    """The block that differs from 128.0.0.0 first in the bit after so many."""
    value = 1 << 31 | 1 << 31 - length
    return f"{'.'.join(str(value >> shift & 255) for shift in (24, 16, 8, 0))}/{length + 1}"


def test_room() -> None:
    """The smallest blocks tell addresses apart, and no others."""
    blocks = ("10.0.0.0/8", "10.0.0.0/30", "10.0.0.1/32", "10.255.0.0/16", "0.0.0.0/0")
    room = Room(blocks, {FOUR: [], SIX: []}, {FOUR: (), SIX: ()})
    first = 10 << 24
    assert list(room.alike(FOUR, first + 2)) == [first + 2, first + 3, first]
    assert list(room.alike(FOUR, first + 1)) == [first + 1]
    beyond = room.alike(FOUR, first + 3 + 1)
    assert [next(beyond), next(beyond)] == [first + 4, first + 5]
    assert next(room.alike(FOUR, (11 << 24) - 1)) == (11 << 24) - 1
    assert room.is_scarce(FOUR, first, 3)
    assert not room.is_scarce(FOUR, first, 2)
    assert not room.is_scarce(SIX, 1, 1 << 64)
    some = Room(blocks, {FOUR: [first, first + 3], SIX: []}, {FOUR: (1,), SIX: ()})
    assert some.is_scarce(FOUR, first + 2, 0)


@pytest.mark.parametrize(
    ("status", "addresses"),
    [
        ("{hostIP: 10.0.0.1}", ("10.0.0.1",)),
        (
            '{hostIP: 10.0.0.1, hostIPs: [{ip: 10.0.0.1}, {ip: "FD00:0::1"}]}',
            ("10.0.0.1", "fd00::1"),
        ),
        ("{hostIPs: [{ip: 10.0.0.1}]}", ("10.0.0.1",)),
        ('{hostIP: "", hostIPs: []}', ()),
        ("{hostIP: null, hostIPs: null}", ()),
    ],
)
def test_a_pod_that_gives_the_addresses_of_its_node(
    status: str, addresses: tuple[str, ...]
) -> None:
    """It needs no Node, and what a Node states comes first."""
    for on, nodes in (("", ()), ("n1", ()), ("n1", (N1,))):
        text = f"{pod('db', on)}status: {status}\n"
        (read,) = given(text, *nodes).cluster.workloads
        known = {"10.0.0.1", "fd00::1"} if nodes else set(addresses)
        assert set(read.node_addresses) == known
        assert_alike({"m.yaml": "---\n".join((text, *nodes)).encode()})
        claim = "cidr(10.0.0.1/32) cannot reach shop/db"
        own = "10.0.0.1" in known
        expected = Outcome.VACUOUS if own else Outcome.REFUTED
        assert verdict(claim, given(text, *nodes)).outcome is expected


def test_what_is_no_address_of_a_node() -> None:
    for status in ("{hostIP: worker-1}", "{hostIPs: [{ip: 10.0.0.0/8}]}", "{hostIP: 5}"):
        with pytest.raises(InputError, match=r"m\.yaml:\d+:\d+"):
            given(f"{pod('db')}status: {status}\n")
        assert_alike({"m.yaml": f"{pod('db')}status: {status}\n".encode()})


# --- host endpoints --------------------------------------------------------------------------


@pytest.mark.parametrize("world", World)
def test_host_endpoints_and_addresses_of_their_nodes(world: World) -> None:
    """In every world, since the host endpoints are in all of them; in any cluster there may be
    another one of that name, on whichever node."""
    own = Outcome.REFUTED if world is World.ANY_CLUSTER else Outcome.VACUOUS
    loaded = given(N1, N2, host("h1", "n1", "192.0.2.1"), host("h2", "n2"), pod("db", "n1"))
    for claim, outcome in (
        ("cidr(10.0.0.1/32) cannot reach HostEndpoint/h1", own),
        ("HostEndpoint/h1 can reach cidr(fd00::1/128) on TCP/80", own),
        ("HostEndpoint/h1 cannot reach cidr(10.0.0.0/31)", Outcome.REFUTED),
        ("cidr(10.0.0.1/32) cannot reach HostEndpoint/h2", Outcome.REFUTED),
        ("cidr(10.0.0.2/32) cannot reach hosts", Outcome.REFUTED),
    ):
        assert verdict(claim, loaded, world).outcome is outcome, claim


def test_a_host_endpoint_and_its_own_address_are_not_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("---\n".join((SHOP, N1, host("h1", "n1", "192.0.2.1"), pod("db", "n1"))))
    for ends in (("HostEndpoint/h1", "10.0.0.1"), ("fd00::1", "HostEndpoint/h1")):
        words = ("--from", ends[0], "--to", ends[1], "--on", "TCP/80")
        assert main(["explain", str(path), *words]) == 2
        assert "are both the node `n1`" in capsys.readouterr().err
    for ends, said in (
        (("10.0.0.1", "shop/db"), "from a pod's own node is always admitted (A.42)"),
        (("shop/db", "10.0.0.1"), "traffic to a pod's own node"),
    ):
        words = ("--from", ends[0], "--to", ends[1], "--on", "TCP/80")
        assert main(["explain", str(path), *words]) == 0
        assert said in capsys.readouterr().out


def test_what_a_pod_exchanges_with_its_own_node_is_not_passed_on() -> None:
    """D.37."""
    policy = (
        "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: g}\n"
        "spec: {applyOnForward: true, selector: all(), types: [Egress, Ingress]}\n"
    )
    loaded = given(N1, host("h1", "n1", "192.0.2.1"), pod("db", "n1"), policy)
    (found,) = (pod_of(one, loaded.cluster.namespaces[0], 1) for one in loaded.cluster.workloads)
    for address, asked in (("10.0.0.1", False), ("10.0.0.2", True)):
        outside = ExternalEndpoint(address)
        for ends in ((found, outside), (outside, found)):
            one = Connection(*ends, Protocol.TCP, 80)
            decision = decide(loaded.cluster.every_policy, one, DEFAULTS, set_up=SetUp.SHUT)
            assert bool(decision.hosts) is asked


# --- comparisons -----------------------------------------------------------------------------


def compared(old: Loaded, new: Loaded, world: World = World.SNAPSHOT) -> Relation:
    """How the policies of NEW stand to those of OLD."""
    return netproof.compare(old, new, CompareOptions(world=world)).comparison.relation


def test_what_only_the_own_node_can_do_makes_no_difference_here() -> None:
    here = (N1, pod("db", "n1"))
    old, new = given(*here, policy("10.0.0.1/32")), given(*here, policy())
    assert compared(old, new) is Relation.EQUIVALENT
    assert compared(old, new, World.ANY_CLUSTER) is Relation.NARROWER
    both = (*here, N2, pod("ab", "n2"))
    assert (
        compared(given(*both, policy("10.0.0.1/32")), given(*both, policy())) is Relation.NARROWER
    )


def test_either_side_may_give_the_node() -> None:
    old = given(pod("db", "n1"), policy("10.0.0.1/32"))
    new = given(N1, pod("db", "n1"), policy())
    assert compared(old, new) is Relation.EQUIVALENT
    assert compared(new, old) is Relation.EQUIVALENT


def test_nodes_that_the_sides_state_differently() -> None:
    old = given(N1, pod("db", "n1"), policy("10.0.0.1/32"))
    new = given(node("n1", "10.0.0.9"), pod("db", "n1"), policy())
    with pytest.raises(InputError, match="Node `n1` differs"):
        compared(old, new)
    assert compared(old, new, World.ANY_CLUSTER) is Relation.NARROWER
    (shared,) = shared_cluster(old, new, World.ANY_CLUSTER).workloads
    assert shared.disputed
    elsewhere = given(node("n1", "10.0.0.9"), pod("db"), policy())
    assert compared(given(N1, pod("db"), policy()), elsewhere) is Relation.EQUIVALENT
    with_host = [given(one, host("h1", "n1", "192.0.2.1")) for one in (N1, node("n1", "10.0.0.9"))]
    with pytest.raises(InputError, match="Node `n1` differs"):
        compared(*with_host, World.ANY_CLUSTER)


def test_what_clusters_connect() -> None:
    """The address of the own node neither comes nor goes, unless the pod moves."""
    here = (N1, N2, pod("db", "n1"))
    old, new = given(*here, policy("10.0.0.0/31")), given(*here, policy("10.0.0.0/32"))
    found = compare_connectivity(old, new)
    assert found.relation is Relation.EQUIVALENT
    assert OWN_NODES in {one.code for one in found.old.notes}
    there, moved = (given(N1, N2, pod("db", on), policy("10.0.0.1/32")) for on in ("n1", "n2"))
    outside = Outside(("10.0.0.1/32",))
    for found, change in (
        (compare_connectivity(there, moved), Change.ADDED),
        (compare_connectivity(moved, there), Change.REMOVED),
    ):
        assert {one.change for one in found.shifts} == {change}
        ends = [(one.sources, one.destinations) for one in found.shifts]
        assert [outside in pair for pair in ends] == [True, True]


def test_the_sample_of_a_change_is_no_address_of_the_own_node() -> None:
    here = (node("n1", "10.0.0.0", "10.0.0.1"), pod("db", "n1"), pod("ab"))
    old, new = given(*here, policy()), given(*here, policy("10.0.0.0/24"))
    found = compare_connectivity(old, new)
    assert found.relation is Relation.WIDER
    (sample,) = found.samples
    one = sample.there.connection
    assert isinstance(one.source, ExternalEndpoint)
    assert isinstance(one.destination, PodEndpoint)
    assert one.source.address not in one.destination.node_addresses


# --- what the input does not tell ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("objects", "claim", "world", "count"),
    [
        ((N1, pod("db")), "cidr(10.0.0.1/32) cannot reach shop/db", World.SNAPSHOT, 1),
        ((N1, pod("db", "n3")), "cidr(fd00::1/128) cannot reach ns:shop", World.SNAPSHOT, 1),
        ((N1, pod("db", "n1")), "cidr(10.0.0.1/32) cannot reach ns:shop", World.SNAPSHOT, 0),
        ((N1, pod("db", "n1")), "cidr(10.0.0.1/32) cannot reach ns:shop", World.ANY_PODS, 1),
        ((N1, pod("db")), "cidr(10.0.0.0/31) cannot reach ns:shop", World.SNAPSHOT, 0),
        ((pod("db"), N0), "ns:shop may reach cidr(10.0.0.0/31)", World.SNAPSHOT, 1),
        ((pod("db"),), "cidr(10.0.0.1/32) cannot reach ns:shop", World.SNAPSHOT, 0),
        ((N0, N1, pod("db", "n1")), "cidr(10.0.0.1/32) cannot reach ns:shop", World.SNAPSHOT, 1),
        ((N0, N1, pod("db", "n1")), "cidr(fd00::1/128) cannot reach ns:shop", World.SNAPSHOT, 0),
    ],
)  # fmt: skip
def test_a_claim_on_nothing_but_the_address_of_a_node(
    objects: tuple[str, ...], claim: str, world: World, count: int
) -> None:
    """Its pods count as running elsewhere, which a note says."""
    options = VerifyOptions(world=world)
    statements = netproof.claims([claim, "external cannot reach ns:shop"])
    report = netproof.verify(given(*objects), statements, options)
    found = [one for one in report.loaded.notes if one.code == ADDRESS_OF_NODE]
    assert len(found) == count
    assert all("(claim claim-1)" in one.message for one in found)
    assert all(("several Nodes" in one.message) is (N0 in objects[:1]) for one in found)
    workspace = Workspace()
    workspace.update({"m.yaml": "---\n".join((SHOP, *objects))})
    assert workspace.verify(statements, options).loaded.notes == report.loaded.notes


def test_an_address_that_several_nodes_state() -> None:
    """It is no node's own: behind a gateway it may be anybody's (A.42, A.44)."""
    here = [pod("db", "n1"), pod("ab", "n2"), policy("198.51.100.7/32")]
    behind = [node(f"n{at}", f"10.0.0.{at}", "198.51.100.7") for at in (1, 2)]
    claim = "external cannot reach ns:shop"
    assert verdict(claim, given(*here, *behind)).outcome is Outcome.REFUTED
    assert verdict(claim, given(*here, behind[0])).outcome is Outcome.REFUTED
    assert (
        verdict("external cannot reach shop/db", given(*here, behind[0])).outcome is Outcome.PROVED
    )
    found = verdict("external cannot reach shop/db", given(*here, *behind))
    assert found.outcome is Outcome.REFUTED
    # The pods on their network have it all the same (A.45).
    shared = [node(f"n{at}", "198.51.100.7") for at in (1, 2)]
    (host_pod,) = given(pod("db", "n1", "hostNetwork: true, "), *shared).cluster.workloads
    assert (host_pod.addresses, host_pod.node_addresses) == (("198.51.100.7",), ())


def test_sides_of_which_one_has_a_further_node_with_the_address() -> None:
    one, other = node("n1", "10.0.0.1"), node("n2", "10.0.0.1")
    db = pod("db", "n1") + "status: {hostIP: 10.0.0.1}\n"
    old = given(one, db, host("h1", "n1"), policy("10.0.0.1/32"))
    new = given(one, other, db, host("h1", "n1"), policy())
    assert (compared(old, new), compared(new, old)) == (Relation.NARROWER, Relation.WIDER)
    found = compare_connectivity(old, new)
    assert [(change.kind, change.name) for change in found.objects] == [("Node", "n2")]


# --- maps ------------------------------------------------------------------------------------


def mapped(
    capsys: pytest.CaptureFixture[str], path: Path, *words: str
) -> tuple[list[tuple[object, object]], set[str]]:
    """The ends of the lines of a map, and the codes of its notes."""
    assert main(["connections", str(path), "--output", "json", *words]) == 0
    found = json.loads(capsys.readouterr().out)
    codes = {one.get("code") for one in found["notes"]}
    ends = [(one["source"], one["destination"]) for one in found["connections"]]
    return [tuple(one.get("name") or one["cidrs"] for one in pair) for pair in ends], codes  # type: ignore[misc]


def test_lines_of_a_map(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("---\n".join((SHOP, N1, pod("db", "n1"), pod("ab"), policy("10.0.0.0/31"))))
    own = ("--from", "cidr(10.0.0.1/32)")
    lines, codes = mapped(capsys, path, *own, "--to", "shop/db")
    assert lines == []
    assert OWN_NODES in codes
    lines, _ = mapped(capsys, path, *own)
    assert lines == [(["10.0.0.1/32"], "ab")]
    lines, _ = mapped(capsys, path, "--from", "external", "--to", "shop/db")
    assert lines == [(["10.0.0.0/31"], "db")]
    _, codes = mapped(capsys, path, "--from", "ns:shop", "--to", "ns:shop")
    assert OWN_NODES not in codes
    lines, _ = mapped(capsys, path, "--from", "shop/db", "--to", "cidr(10.0.0.1/32)")
    assert lines == []


def test_a_map_beside_a_host_endpoint_that_a_pod_of_its_node_passes() -> None:
    """Maps are not parted by nodes: the host endpoint is asked without the addresses of its own."""
    text = "---\n".join(
        [
            node("n1", "203.0.113.5"),
            pod("a", "n1", "hostNetwork: true, ") + "status: {podIP: 10.2.0.1}\n",
            "apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: h}\n"
            'spec: {node: n1, interfaceName: "*"}\n',
            "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: g}\n"
            "spec: {types: [Egress], egress: [{action: Deny, "
            "destination: {nets: [203.0.113.5/32]}}]}\n",
        ]
    )
    found = map_of(load_texts({"input.yaml": text}).cluster, Query())
    assert {row.source.name for row in found.rows()} == {"a", "h"}


def test_groups_of_a_map(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, spec = tmp_path / "m.yaml", tmp_path / "spec.yaml"
    path.write_text("---\n".join((SHOP, N1, pod("db", "n1"), pod("ab"))))
    spec.write_text(
        "groups: {node: {cidr: 10.0.0.1/32}, db: {pods: {app: db}}, ab: {pods: {app: ab}}}\n"
    )
    lines, codes = mapped(capsys, path, "--by", "group", "--spec", str(spec))
    assert OWN_NODES in codes
    assert ("node", "db") not in lines
    assert ("db", "node") not in lines
    assert ("node", "ab") in lines
    assert ("ab", "node") in lines


# --- whoever asks again ----------------------------------------------------------------------


def test_a_node_that_changes_while_it_is_watched() -> None:
    claim = netproof.claims(["external cannot reach shop/db"])
    options = VerifyOptions(world=World.SNAPSHOT)
    workspace = Workspace()
    workspace.update({
        "a.yaml": "---\n".join((SHOP, pod("db", "n1"))),
        "n.yaml": N1,
        "p.yaml": policy("10.0.0.1/32"),
    })  # fmt: skip
    for text, outcome in (
        (N1, Outcome.PROVED),
        (node("n1", "10.0.0.9"), Outcome.REFUTED),
        (node("n1", "10.0.0.9", "10.0.0.1"), Outcome.PROVED),
        (None, Outcome.REFUTED),
        (N1, Outcome.PROVED),
    ):
        workspace.update({"n.yaml": text})
        (found,) = workspace.verify(claim, options).verdicts
        assert found.outcome is outcome
    workspace.update({"p.yaml": policy("10.0.0.0/24")})
    assert workspace.verify(claim, options).verdicts[0].outcome is Outcome.REFUTED
    workspace.update({"p.yaml": policy("10.0.0.1/32")})
    assert workspace.verify(claim, options).verdicts[0].outcome is Outcome.PROVED


def test_bundles_and_fleets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "---\n".join((SHOP, N1, N2, pod("db", "n1"), pod("ab", "n2"), policy("10.0.0.1/32")))
    (tmp_path / "m.yaml").write_text(text)
    (tmp_path / "spec.yaml").write_text(
        "claims:\n  - {id: A, claim: external cannot reach shop/db, world: snapshot}\n"
        "  - {id: B, claim: external cannot reach shop/ab, world: snapshot}\n"
    )
    (tmp_path / "fleet.yaml").write_text(
        "clusters:\n  one: {paths: [m.yaml], specs: [spec.yaml]}\n"
    )
    assert main(["verify", "m.yaml", "--spec", "spec.yaml", "--bundle", "run.zip"]) == 1
    words = ("--jobs", "1", "--bundle", "fleet.zip")
    assert main(["fleet", "fleet.yaml", *words]) == 1
    for name in ("run.zip", "fleet.zip"):
        assert main(["recheck", name]) == 0
        assert not [one.fault for one in recheck((tmp_path / name).read_bytes()) if one.fault]
