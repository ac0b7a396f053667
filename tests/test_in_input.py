"""Whether the input itself has such a connection is decided, and then one of its own is shown."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.asked import IN_X, admitting, cannot, pod
from tests.brute_force import Mentions, everything, mentions
from tests.build import namespace, policy, selector
from tests.compare_checks import change_of
from tests.compare_points import mentioned_by
from tests.compare_strategies import changed
from tests.profiles import examples
from tests.strategies import assumptions, claims, clusters
from tests.test_agreement_claims import answers_to, proved
from tests.test_true_examples import shown, untrue

from netproof import CompareOptions, Loaded, VerifyOptions, load_texts, verify
from netproof import compare as compare_sides
from netproof.comparison.policies import compare
from netproof.decisions import InInput
from netproof.oracle.claims import breaks, satisfies
from netproof.oracle.connections import decide
from netproof.oracle.regions import in_region
from netproof.reports.text import verify_text
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.claims import ConnectionClaim, MayReach, PodsWhere
from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.model.connections import Connection, ExternalEndpoint, PodEndpoint
from netproof_specs.model.network_policy import BlockPeer, NetworkPolicy
from netproof_specs.spec_files.reading import statements_of
from netproof_specs.worlds import World

open_worlds = st.sampled_from((World.ANY_PODS, World.ANY_CLUSTER))
randoms = st.randoms(use_true_random=False)


def of_input(cluster: Cluster, mentioned: Mentions, assumed: Assumptions) -> Iterator[Connection]:
    """Every connection of the input's pods on the pod network, among them and with the outside."""
    for one in everything(cluster, World.SNAPSHOT, mentioned, assumed):
        ends = (one.source, one.destination)
        if not any(isinstance(end, PodEndpoint) and end.host_network for end in ends):
            yield one


def is_evidence(cluster: Cluster, claim: ConnectionClaim, assumed: Assumptions) -> Kind:
    """Whether a connection breaks the claim, or is a witness of a `may` claim."""

    def found(one: Connection) -> bool:
        decision = decide(cluster.policies, one, assumed)
        if isinstance(claim, MayReach):
            return satisfies(claim, one, decision)
        return breaks(claim, one, decision)

    return found


Kind = Callable[[Connection], bool]


@examples(usual=60, thorough=200)
@given(st.data(), open_worlds, assumptions)
def test_claims_against_trying_every_connection(
    data: st.DataObject, world: World, assumed: Assumptions
) -> None:
    """NONE iff no connection of the input is evidence; else the one shown is such a one."""
    cluster = data.draw(clusters())
    claim = data.draw(claims(cluster, world))
    verdict = proved(answers_to(cluster, world, [claim], assumed), claim)
    kind = is_evidence(cluster, claim, assumed)
    for evidence in filter(None, (verdict.counterexample, verdict.witness)):
        tried = of_input(cluster, mentions(cluster, [claim]), assumed)
        expected = InInput.SHOWN if any(map(kind, tried)) else InInput.NONE
        assert evidence.in_input is expected
        assert (expected is InInput.SHOWN) is not_invented(evidence.connection)


def not_invented(connection: Connection) -> bool:
    """Whether each end is an address outside or a pod of the input."""
    ends = (connection.source, connection.destination)
    return all(isinstance(end, ExternalEndpoint) or not end.invented for end in ends)


@examples(usual=25, thorough=100)
@given(clusters(), open_worlds, assumptions, randoms)
def test_differences_against_trying_every_connection(
    cluster: Cluster, world: World, assumed: Assumptions, rng: random.Random
) -> None:
    """The same of each change, and of each region by itself."""
    old, new = cluster.policies, changed(cluster.policies, rng)
    found = compare(old, new, cluster, CompareOptions(world, assumed, max_regions=4))
    mentioned = mentioned_by((*old, *new), cluster)
    tried = [
        (one, change)
        for one in of_input(cluster, mentioned, assumed)
        if (change := change_of(old, new, one, assumed)) is not None
    ]
    for one in found.counterexamples:
        changes = any(change is one.change for _, change in tried)
        assert one.in_input is (InInput.SHOWN if changes else InInput.NONE)
    for region in found.regions:
        inside = any(change is region.change and in_region(one, region) for one, change in tried)
        assert region.example.in_input is (InInput.SHOWN if inside else InInput.NONE)
        assert in_region(region.example.connection, region)
    for connection in shown(found):
        assert untrue(connection, cluster, assumed) == []


X, Y = namespace("x"), namespace("y", team="b")
WEB, DB = pod("web", app="web"), pod("db", app="db")
AGENT = pod("agent")
FAR = replace(pod("far", "10.1.2.3"), namespace="y")
PODS_DB = PodsWhere("x", pods=selector(app="db"))
DENIED = policy("x/p", selector(app="db"))
OUTSIDE_ONLY = admitting(BlockPeer("203.0.113.0/24"))
FROM_BLOCK = admitting(BlockPeer("10.1.2.3/32"))


@pytest.mark.parametrize(
    ("pods", "policies", "claim", "expected"),
    [
        ((), (), cannot(IN_X, IN_X), None),
        ((WEB, DB), (), cannot(IN_X, PODS_DB), InInput.SHOWN),
        ((WEB,), (), cannot(IN_X, PODS_DB), InInput.NONE),
        ((DB,), (), cannot(PODS_DB, PODS_DB), InInput.NONE),
        ((replace(DB, replicas=2),), (), cannot(PODS_DB, PODS_DB), InInput.SHOWN),
        ((AGENT, DB), (), cannot(IN_X, PODS_DB), InInput.NONE),
        ((FAR, DB), (FROM_BLOCK,), cannot(PodsWhere(), PODS_DB), None),
        ((FAR, DB), (), cannot(PodsWhere("y"), PODS_DB), InInput.SHOWN),
    ],
)
def test_rows(
    pods: tuple[Workload, ...],
    policies: tuple[NetworkPolicy, ...],
    claim: ConnectionClaim,
    expected: InInput | None,
) -> None:
    """Replicas are two pods, hostNetwork pods are outside the open worlds; claims may hold."""
    cluster = Cluster((X, Y), pods, policies)
    verdict = proved(answers_to(cluster, World.ANY_PODS, [claim], frozenset()), claim)
    evidence = verdict.counterexample
    assert (None if evidence is None else evidence.in_input) is expected


def test_an_address_of_the_input_counts() -> None:
    """A pod whose known address a block matches is affected as it is, by that address."""
    old = (admitting(),)
    found = compare(old, (FROM_BLOCK,), Cluster((X, Y), (DB, FAR)))
    (one,) = found.counterexamples
    assert one.in_input is InInput.SHOWN
    assumed = frozenset({Assumption.IPBLOCK_MATCHES_PODS})
    assert untrue(one.connection, Cluster((X, Y), (DB, FAR)), assumed) == []


SIDE = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {stage: STAGE}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: LABEL}}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: data, labels: {app: db}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]INGRESS}
"""


@pytest.mark.parametrize(
    ("label", "stage", "known"),
    [("web", "a", True), ("other", "a", False), ("web", "b", False)],
)
def test_what_two_sides_state_differently_is_not_shown(label: str, stage: str, known: bool) -> None:
    """A pod or a namespace that is relabelled between the sides has no facts of its own."""

    def side(label: str, stage: str, ingress: str) -> Loaded:
        text = SIDE.replace("LABEL", label).replace("STAGE", stage)
        return load_texts({"m.yaml": text.replace("INGRESS", ingress)})

    found = compare_sides(side("web", "a", ""), side(label, stage, ", ingress: [{}]"))
    (one,) = found.comparison.counterexamples
    assert one.in_input is (InInput.SHOWN if known else InInput.UNKNOWN)
    ends = (one.connection.source, one.connection.destination)
    names = {end.name for end in ends if isinstance(end, PodEndpoint) and not end.invented}
    assert ("web" in names) is known


MANIFESTS = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {HOST containers: [{name: c}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec:
  podSelector: {matchLabels: {LABEL}}
  policyTypes: [Ingress]
"""


@pytest.mark.parametrize(
    ("label", "host", "told"),
    [
        ("pod-template-hash: a", "", "it is not known whether there is such a connection"),
        ("app: db", "", None),
        ("app: web", "", "no such connection: it takes a pod or a label that the input"),
        ("app: web", "hostNetwork: true,", "no such connection (hostNetwork pods aside): it"),
    ],
)
def test_told_in_the_report(label: str, host: str, told: str | None) -> None:
    """A label that a controller adds is not known, so that nothing is said of its pods."""
    text = MANIFESTS.replace("LABEL", label).replace("HOST", host)
    loaded = load_texts({"m.yaml": text})
    statements = statements_of([], ["anything cannot reach ns:shop"])
    report = verify(loaded, statements, VerifyOptions(World.ANY_PODS))
    lines = verify_text(report)
    if told is None:
        assert "in the input" not in lines
        assert "shop/Deployment/web" in lines
    else:
        assert f"  in the input    {told}" in lines
        named = label == "app: web" and not host
        assert ("shop/Deployment/web" in lines) is named
