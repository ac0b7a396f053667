"""A.29: an address that an assumption supplies is free, told as invented, and known to none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netproof.connectivity.mapping import Query, map_of
from netproof.explaining.ends import ends_of
from netproof.explaining.tracing import explain
from netproof.oracle.addresses import shared_address, taken_address
from netproof.oracle.claims import in_scope, member
from netproof.pipeline import verify
from netproof.reports.data import endpoint_data
from netproof.reports.words import endpoint_details
from netproof.verdicts import Evidence, Outcome, Verdict
from netproof.verified import VerifyOptions
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.claims import AddressBlock
from netproof_specs.loading import Loaded, load_texts
from netproof_specs.model.cluster import Namespace, Workload
from netproof_specs.model.connections import Connection, ExternalEndpoint, PodEndpoint
from netproof_specs.model.traffic import Protocol
from netproof_specs.spec_files.reading import statements_of
from netproof_specs.worlds import World

ANY = DEFAULTS | {Assumption.UNKNOWN_POD_ADDRESSES}


def pod(name: str, address: str = "", spec: str = "") -> str:
    status = f"status: {{podIP: {address}}}\n" if address else ""
    return f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: x, labels: {{app: {name}}}}}
spec: {{containers: []{spec}}}
{status}"""


def policy(name: str, block: str, direction: str = "ingress") -> str:
    peers = "from" if direction == "ingress" else "to"
    return f"""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: {name}, namespace: x}}
spec:
  podSelector: {{matchLabels: {{app: {name}}}}}
  policyTypes: [{direction.capitalize()}]
  {direction}: [{{{peers}: [{{ipBlock: {{cidr: {block}}}}}]}}]
"""


def loaded(*texts: str) -> Loaded:
    return load_texts({"m.yaml": "---".join(texts)})


def verdict(claim: str, given: Loaded, world: World = World.SNAPSHOT) -> Verdict:
    options = VerifyOptions(world, ANY)
    (found,) = verify(given, statements_of([], [claim]), options).verdicts
    return found


# --- no address of another endpoint --------------------------------------------------------------

DB, KNOWN, GUEST = pod("db"), pod("known", "10.0.0.9"), pod("guest")
HOST = ", hostNetwork: true"


@pytest.mark.parametrize(
    ("block", "known", "guest", "expected"),
    [
        ("10.0.0.9/32", KNOWN, GUEST, Outcome.PROVED),
        ("10.0.0.8/31", KNOWN, GUEST, Outcome.REFUTED),
        ("10.0.0.9/32", pod("known"), GUEST, Outcome.REFUTED),
        ("10.0.0.9/32", pod("known", "10.0.0.9", HOST), GUEST, Outcome.PROVED),
        ("10.0.0.9/32", KNOWN, pod("guest", "", HOST), Outcome.PROVED),
        ("10.0.0.9/32", pod("known", "10.0.0.9", HOST), pod("guest", "", HOST), Outcome.REFUTED),
    ],
)
def test_an_address_that_a_pod_is_known_to_have_is_supplied_to_no_other(
    block: str, known: str, guest: str, expected: Outcome
) -> None:
    """Pods on the networks of nodes share the addresses of these (A.45)."""
    given = loaded(DB, known, guest, policy("db", block))
    assert verdict("x/guest cannot reach x/db on TCP/80", given).outcome is expected


def test_an_address_is_supplied_to_one_end_only() -> None:
    """Each end would have to be 10.0.0.9: two pods have two addresses."""
    block = "10.0.0.9/32"
    given = loaded(pod("a"), pod("b"), policy("a", block, "egress"), policy("b", block))
    pods = ("pods(app=a) in ns:x", "pods(app=b) in ns:x")
    for world in World:
        found = verdict(f"{pods[0]} cannot reach {pods[1]} on TCP/80", given, world)
        assert found.outcome is Outcome.PROVED, world
    wider = loaded(pod("a"), pod("b"), policy("a", "10.0.0.8/31", "egress"), policy("b", block))
    assert verdict("x/a cannot reach x/b on TCP/80", wider).outcome is Outcome.REFUTED


def test_an_address_outside_is_supplied_to_no_pod_that_it_connects_with() -> None:
    given = loaded(pod("a"), policy("a", "10.0.0.9/32", "egress"))
    found = verdict("x/a cannot reach external on TCP/80", given)
    assert isinstance(found.grounds, Evidence)
    connection = found.grounds.connection
    assert isinstance(connection.source, PodEndpoint)
    assert connection.destination == ExternalEndpoint("10.0.0.9")
    assert connection.source.supplied
    assert connection.source.addresses != ("10.0.0.9",)


@pytest.mark.parametrize(("block", "allowed"), [("10.0.0.9/32", False), ("10.0.0.8/31", True)])
def test_every_command_says_the_same(block: str, allowed: bool) -> None:
    given = loaded(DB, KNOWN, GUEST, policy("db", block))
    ends = ends_of(given, "x/guest", "x/db")
    found = explain(given.cluster, ends, (Protocol.TCP, 80), ANY)
    assert found.decision.allowed is allowed
    mapped = map_of(given.cluster, Query(assumptions=ANY))
    names = [one.name for one in mapped.destinations]
    row = next(row for row in mapped.rows() if row.source.name == "guest")
    reached = {names[at] for at, _ in row.pattern.cells} | {names[at] for at in row.changes}
    assert ("db" in reached) is allowed


# --- the oracle -----------------------------------------------------------------------------------

SPACE = Namespace("x", (), declared=True)
SUPPLIED = PodEndpoint(SPACE, "a", (), addresses=("10.0.0.1",), supplied=True)
STATED = PodEndpoint(SPACE, "b", (), addresses=("10.0.0.1",))


def on_host(one: PodEndpoint) -> PodEndpoint:
    return replace(one, host_network=True)


@pytest.mark.parametrize(
    ("source", "destination", "shared"),
    [
        (SUPPLIED, STATED, True),
        (STATED, SUPPLIED, True),
        (SUPPLIED, replace(SUPPLIED, name="c"), True),
        (SUPPLIED, ExternalEndpoint("10.0.0.1"), True),
        (SUPPLIED, ExternalEndpoint("10.0.0.2"), False),
        (SUPPLIED, replace(STATED, addresses=("10.0.0.2",)), False),
        (STATED, replace(STATED, name="c"), False),
        (on_host(SUPPLIED), on_host(STATED), False),
        (on_host(SUPPLIED), STATED, True),
    ],
)
def test_no_claim_speaks_of_two_ends_with_one_address(
    source: PodEndpoint, destination: PodEndpoint | ExternalEndpoint, shared: bool
) -> None:
    connection = Connection(source, destination, Protocol.TCP, 80)
    assert shared_address(connection) is shared
    assert in_scope(connection, ANY) is not shared


@pytest.mark.parametrize(
    ("end", "workload", "taken"),
    [
        (SUPPLIED, Workload("Pod", "x", "b", (), addresses=("10.0.0.1",)), True),
        (SUPPLIED, Workload("Pod", "x", "b", (), addresses=("10.0.0.2",)), False),
        (STATED, Workload("Pod", "x", "c", (), addresses=("10.0.0.1",)), False),
        (
            on_host(SUPPLIED),
            Workload("Pod", "x", "b", (), addresses=("10.0.0.1",), host_network=True),
            False,
        ),
    ],
)
def test_an_address_that_is_taken(end: PodEndpoint, workload: Workload, taken: bool) -> None:
    connection = Connection(end, ExternalEndpoint("192.0.2.1"), Protocol.TCP, 80)
    assert taken_address(connection, [workload]) is taken


BESIDE_A_HOST = """
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: h}
spec: {node: n1, interfaceName: "*", expectedIPs: [10.0.0.1]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: only-h}
spec: {selector: has(db), ingress: [{action: Allow, source: {nets: [10.0.0.1/32]}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: x, labels: {db: ""}}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: x}
spec: {hostNetwork: HOST, nodeName: n2, containers: [{name: c}]}
"""


@pytest.mark.parametrize("world", [World.SNAPSHOT, World.ANY_PODS])
@pytest.mark.parametrize("on_host", ["true", "false"])
def test_the_address_of_a_host_endpoint_is_supplied_to_no_other(world: World, on_host: str) -> None:
    """A.29, D.35: it is there in every world that holds host endpoints, so nobody else has it."""
    given = load_texts({"m.yaml": BESIDE_A_HOST.replace("HOST", on_host)})
    assert verdict("pods cannot reach pods(db)", given, world).outcome is Outcome.PROVED


# --- told as invented, and known to no claim ------------------------------------------------------


def test_a_supplied_address_is_in_no_block_of_a_claim() -> None:
    """docs/claims.md: `cidr(...)` holds pods whose address the input gives."""
    block = AddressBlock("10.0.0.0/8")
    assert not member(SUPPLIED, block)
    assert member(STATED, block)
    given = loaded(DB, GUEST, policy("db", "10.0.0.0/8"))
    claim = "only any(cidr(10.0.0.0/8), external) can reach x/db on TCP/80"
    found = verdict(claim, given)
    assert found.outcome is Outcome.REFUTED
    assert isinstance(found.grounds, Evidence)
    source = found.grounds.connection.source
    assert isinstance(source, PodEndpoint)
    assert source.supplied
    assert source.addresses[0].startswith("10.")
    assert f"address {source.addresses[0]} (invented: the input gives none)" in endpoint_details(
        source
    )
    assert endpoint_data(source, given)["addressInvented"] is True


def test_a_known_address_is_not_told_as_invented() -> None:
    given = loaded(DB, KNOWN, policy("db", "10.0.0.0/8"))
    found = verdict("x/known cannot reach x/db on TCP/80", given)
    assert isinstance(found.grounds, Evidence)
    source = found.grounds.connection.source
    assert "invented" not in endpoint_details(source)
    assert endpoint_data(source, given)["addressInvented"] is False
