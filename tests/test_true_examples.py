"""A connection that is shown names a pod of the input only with exactly that pod's own facts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.build import namespace, policy, selector
from tests.compare_strategies import changed
from tests.profiles import examples
from tests.strategies import assumptions, claims, clusters
from tests.test_agreement_claims import answers_to, proved

from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Comparison
from netproof.reports.words import connection_text, endpoint_details
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.cluster import Cluster, Invented, Namespace, Workload
from netproof_specs.model.connections import Connection, ExternalEndpoint, PodEndpoint, pod_of
from netproof_specs.model.labels import NAME_LABEL
from netproof_specs.model.network_policy import PodPeer, PolicyRule
from netproof_specs.worlds import World

worlds = st.sampled_from(World)
randoms = st.randoms(use_true_random=False)


def untrue(connection: Connection, cluster: Cluster, assumed: Assumptions) -> list[str]:
    """What the connection says of pods and namespaces of the cluster that they do not state."""
    ends = (connection.source, connection.destination)
    pods = [one for one in ends if not isinstance(one, ExternalEndpoint)]
    return [wrong for pod in pods for wrong in _untrue(pod, cluster, assumed)]


def _untrue(pod: PodEndpoint, cluster: Cluster, assumed: Assumptions) -> Iterator[str]:
    stated = {one.name: one for one in cluster.namespaces}
    space = pod.namespace
    if space.invented is Invented.NAME and space.name in stated:
        yield f"{space.name} is a namespace of the input"
    if space.invented is Invented.NOTHING and space != stated.get(space.name, _bare(space)):
        yield f"{space.name} has other labels"
    if pod.supplied and Assumption.UNKNOWN_POD_ADDRESSES not in assumed:
        yield f"{pod.name} has no known address"
    stated_pod = replace(pod, addresses=(), supplied=False) if pod.supplied else pod
    if not pod.invented and stated_pod not in known_pods(cluster):
        yield f"{pod.name} is not that pod"


def _bare(space: Namespace) -> Namespace:
    """A namespace that the input only mentions."""
    return replace(namespace(space.name), declared=False)


def known_pods(cluster: Cluster) -> list[PodEndpoint]:
    """Every pod of the cluster as the input states it."""
    spaces = {one.name: one for one in cluster.namespaces}
    return [
        pod_of(one, spaces[one.namespace], replica)
        for one in cluster.workloads
        for replica in range(1, one.replicas + 1)
    ]


@examples(usual=60, thorough=300)
@given(st.data(), worlds, assumptions)
def test_evidence_names_pods_with_their_own_facts(
    data: st.DataObject, world: World, assumed: Assumptions
) -> None:
    cluster = data.draw(clusters())
    claim = data.draw(claims(cluster, world))
    verdict = proved(answers_to(cluster, world, [claim], assumed), claim)
    for evidence in (verdict.counterexample, verdict.witness):
        if evidence is not None:
            assert untrue(evidence.connection, cluster, assumed) == []


@examples(usual=40, thorough=200)
@given(clusters(), st.sampled_from((World.ANY_PODS, World.ANY_CLUSTER)), assumptions, randoms)
def test_differences_name_pods_with_their_own_facts(
    cluster: Cluster, world: World, assumed: Assumptions, rng: random.Random
) -> None:
    options = CompareOptions(world, assumed, max_regions=4)
    found = compare(cluster.policies, changed(cluster.policies, rng), cluster, options)
    for one in shown(found):
        assert untrue(one, cluster, assumed) == []


def shown(found: Comparison) -> list[Connection]:
    """Every connection that the comparison shows."""
    examples_ = [region.example for region in found.regions]
    return [one.connection for one in (*found.counterexamples, *examples_)]


HR = Workload("Deployment", "corp", "hr", (("app", "hr"),))
DB = Workload("Deployment", "cards", "db", (("app", "carddb"),))
CORP, CARDS = namespace("corp", **{"pci-scope": "out"}), namespace("cards", **{"pci-scope": "in"})
PCI = Cluster((CARDS, CORP), (DB, HR))
CONNECTED = PodPeer(selector(**{"pci-scope": "connected"}), None)
CLOSED = policy("cards/p")
OPENED = policy("cards/p", ingress=(PolicyRule((CONNECTED,), ()),))


def test_a_namespace_with_other_labels_is_told_as_such() -> None:
    """HR is not said to reach the card database by a label that its namespace does not have."""
    (one,) = compare((CLOSED,), (OPENED,), PCI).counterexamples
    shown = "<other-namespace-1>/<any-pod>  ->  cards/Deployment/db  TCP/80"
    assert connection_text(one.connection) == shown
    assert endpoint_details(one.connection.source) == "no labels; namespace pci-scope=connected"


def test_a_known_namespace_that_needs_other_labels() -> None:
    """A policy of `cards` that admits its own namespace if that were labelled otherwise."""
    relabelled = PodPeer(selector(**{"pci-scope": "connected", NAME_LABEL: "cards"}), None)
    opened = policy("cards/p", ingress=(PolicyRule((relabelled,), ()),))
    (one,) = compare((CLOSED,), (opened,), PCI).counterexamples
    assert connection_text(one.connection) == "cards/<any-pod>  ->  cards/<any-other-pod>  TCP/80"
    details = "no labels; namespace with invented labels: pci-scope=connected"
    assert endpoint_details(one.connection.source) == details
