"""Comparison with Calico's policies: any two sets, and translations from one kind to another."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import assert_never

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.calico_strategies import calico_clusters
from tests.profiles import examples
from tests.samples import some_connections
from tests.strategies import clusters
from tests.test_compare_kinds import check

from netproof.cli import main
from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Comparison, RegionPods, Relation
from netproof.oracle.claims import in_scope
from netproof_encodings.lowering import is_setting
from netproof_encodings.obligations.claims import stage
from netproof_specs.assumptions import DEFAULTS
from netproof_specs.loading import load_texts
from netproof_specs.model.calico import (
    CalicoAction,
    CalicoNetworkPolicy,
    CalicoRule,
    CalicoSpec,
    EntityRule,
)
from netproof_specs.model.calico_selectors import Selector
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.model.network_policy import (
    BlockPeer,
    NetworkPolicy,
    Peer,
    PodPeer,
    PolicyPort,
    PolicyRule,
)
from netproof_specs.model.traffic import Direction
from netproof_specs.readers.calico_selector_text import parse_selector
from netproof_specs.worlds import World


@examples(usual=15, thorough=150)
@given(data=st.data(), seed=st.integers(0, 2**16))
def test_no_connection_contradicts_the_relation(data: st.DataObject, seed: int) -> None:
    """One policy of any kind less; every example replays, as compare itself sees to."""
    cluster = data.draw(calico_clusters())
    old = cluster.policies
    policies = [one for one in old if not is_setting(one)]
    gone = data.draw(st.sampled_from(policies)) if policies else None
    new = tuple(one for one in old if one is not gone)
    found = compare(old, new, Cluster(cluster.namespaces))
    on = stage(cluster, World.ANY_CLUSTER, ())
    for connection in some_connections(on, random.Random(seed), 40):
        if in_scope(connection, DEFAULTS):
            check(found, old, new, connection)


ORCHESTRATOR = "projectcalico.org/orchestrator"

# --- translations ------------------------------------------------------------------------------


def selector_of(selector: LabelSelector | None) -> Selector | None:
    """A selector of Kubernetes in Calico's language."""
    if selector is None:
        return None
    text = " && ".join(map(part_of, selector.requirements)) or "all()"
    tree = parse_selector(text)
    assert tree is not None
    return Selector(text, tree)


def part_of(one: Requirement) -> str:
    """One requirement in Calico's language."""
    values = ", ".join(f"'{value}'" for value in one.values)
    return {
        Operator.IN: f"{one.key} in {{{values}}}",
        Operator.NOT_IN: f"{one.key} not in {{{values}}}",
        Operator.EXISTS: f"has({one.key})",
        Operator.DOES_NOT_EXIST: f"!has({one.key})",
    }[one.operator]


def entity_of(peer: Peer | None) -> EntityRule:
    """A peer as an end of a rule; none is anybody."""
    match peer:
        case None:
            return EntityRule()
        case BlockPeer(cidr, excepts):
            return EntityRule(nets=(cidr,), not_nets=excepts)
        case PodPeer(None, pods):
            return EntityRule(selector=selector_of(pods or LabelSelector()))
        case PodPeer(namespaces, pods):
            # A negative selector of namespaces finds host endpoints and sets of the cluster too.
            only_pods = LabelSelector((Requirement(ORCHESTRATOR, Operator.EXISTS, ()),))
            chosen = pods if pods is not None and pods.requirements else only_pods
            return EntityRule(
                selector=selector_of(chosen), namespace_selector=selector_of(namespaces)
            )
        case _:
            assert_never(peer)


def rules_of(rule: PolicyRule, direction: Direction) -> list[CalicoRule]:
    """A rule for each pair of a peer and a port."""
    found = []
    for peer in rule.peers or (None,):
        for port in rule.ports or (None,):
            found.append(rule_of(entity_of(peer), port, direction))
    return found


def rule_of(other: EntityRule, port: PolicyPort | None, direction: Direction) -> CalicoRule:
    """One rule that allows."""
    source, destination = (
        (other, EntityRule()) if direction is Direction.INGRESS else (EntityRule(), other)
    )
    if port is None:
        return CalicoRule(CalicoAction.ALLOW, source=source, destination=destination)
    numbers = () if port.port is None else (port.port,)
    destination = replace(destination, ports=numbers)
    protocol = "TCP" if port.protocol is None else port.protocol.value
    return CalicoRule(CalicoAction.ALLOW, protocol, source=source, destination=destination)


def translated(policy: NetworkPolicy) -> CalicoNetworkPolicy:
    """The same for Calico, with its types stated."""
    given_types = policy.policy_types or (
        tuple(Direction) if policy.egress else (Direction.INGRESS,)
    )
    ingress, egress = (
        tuple(each for one in rules for each in rules_of(one, way))
        for rules, way in ((policy.ingress, Direction.INGRESS), (policy.egress, Direction.EGRESS))
    )
    spec = CalicoSpec(None, 1000.0, selector_of(policy.subject), None, given_types, ingress, egress)
    return CalicoNetworkPolicy(policy.namespace, policy.name, spec)


@examples(usual=20, thorough=150)
@given(cluster=clusters())
def test_a_translation_of_networkpolicies_is_equivalent(cluster: Cluster) -> None:
    """A policy at a time by Calico's own, with the others left as they are, and all at once."""
    old = tuple(one for one in cluster.policies if isinstance(one, NetworkPolicy))
    new = tuple(map(translated, old))
    for sides in ((old, new), (old, (*new[:1], *old[1:]))):
        assert compare(*sides).relation is Relation.EQUIVALENT


BASE = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  egress: [{to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}]
"""
CALICO = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  TYPES
  selector: app == 'web'
  egress:
  - {action: Allow, protocol: TCP, destination: {selector: app == 'db', ports: [5432]}}
"""
TIER = """---
apiVersion: projectcalico.org/v3
kind: Tier
metadata: {name: first}
spec: {ACTION}
"""
EARLY = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: first.web}
spec: {tier: first, selector: app == 'web', types: [Egress]}
---"""
BOTH = "types: [Ingress, Egress]"
MISTAKES = {
    "right": (CALICO.replace("TYPES", BOTH), Relation.EQUIVALENT),
    "types-left-out": (CALICO.replace("TYPES", ""), Relation.WIDER),
    "a-pass-at-the-end": (
        CALICO.replace("TYPES", BOTH) + "  - {action: Pass}\n",
        Relation.WIDER,
    ),
    "end-of-an-earlier-tier": (
        EARLY + CALICO.replace("TYPES", BOTH) + TIER.replace("ACTION", "order: 5"),
        Relation.NARROWER,
    ),
    "an-earlier-tier-that-passes": (
        EARLY + CALICO.replace("TYPES", BOTH) + TIER.replace("ACTION", "defaultAction: Pass"),
        Relation.EQUIVALENT,
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_translation_by_hand(name: str) -> None:
    text, relation = MISTAKES[name]
    found = compared(BASE, text)
    assert found.relation is relation
    assert bool(found.regions) is (relation is not Relation.EQUIVALENT)
    anywhere = compared(BASE, text, World.ANY_CLUSTER)
    assert (anywhere.relation, anywhere.hosts_only) == (relation, False)


def compared(old: str, new: str, world: World = World.ANY_PODS) -> Comparison:
    """The comparison of two texts, of pods alone."""
    before, after = (load_texts({"f": one}).cluster.policies for one in (old, new))
    return compare(before, after, options=CompareOptions(world, max_regions=1))


DENY = """---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: no-ssh, namespace: shop}
spec:
  order: ORDER
  selector: app == 'db'
  types: [Ingress]
  ingress: [{action: Deny, protocol: TCP, destination: {ports: [22]}}]
"""
OPEN = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{}]}
"""


def test_a_claim_on_policies_tells_of_calicos_assumptions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Types that depend on who fills them in: equivalent as a server has it, and not else."""
    monkeypatch.chdir(tmp_path)
    rule = "egress: [{action: Allow}]"
    for name, spec in (("a", f"{{ingress: [], {rule}}}"), ("b", f"{{types: [Egress], {rule}}}")):
        head = "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\n"
        text = f"{head}metadata: {{name: {name}, namespace: x}}\nspec: {spec}\n"
        Path(f"{name}.yaml").write_text(text, encoding="utf-8")
    claim = ["verify", "a.yaml", "b.yaml", "--claim", "policies x/a and x/b are equivalent"]
    assert main(claim) == 0
    assert "REFUTED with calico-types=crd" in capsys.readouterr().out
    assert main([*claim, "--assume", "calico-types=crd"]) == 1


def test_the_two_sides_of_order_1000() -> None:
    before, same, after = (OPEN + DENY.replace("ORDER", one) for one in ("999", "1000", "1001"))
    assert compared(before, after).relation is Relation.WIDER
    assert compared(after, OPEN).relation is Relation.EQUIVALENT
    assert compared(before, same).relation is Relation.WIDER
    assert compared(same, after).relation is Relation.WIDER


def test_what_global_policies_decide_for_hosts_is_told_not_to_be_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """D.14, D.35: a policy of the whole cluster can be for hosts, of which the input has none."""
    kind = (
        "{apiVersion: projectcalico.org/v3, kind: %s, metadata: {name: a%s}, "
        "spec: {types: [Ingress]}}"
    )
    (tmp_path / "global.yaml").write_text(kind % ("GlobalNetworkPolicy", ""), "utf-8")
    (tmp_path / "local.yaml").write_text(kind % ("NetworkPolicy", ", namespace: x"), "utf-8")
    told = "the input has none, so that what they decide there is not looked at"
    for name, is_told in (("global", True), ("local", False)):
        path = str(tmp_path / f"{name}.yaml")
        main(["compare", path, path, "--world", "any-pods"])
        assert (told in capsys.readouterr().out) is is_told


ORDERED = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {{name: g{at}}}
spec:
  order: {at}
  types: [Ingress]
  ingress: [{{action: {action}, source: {{selector: a == "{a}"}}}}]
---
"""


def test_more_than_a_thousand_orders() -> None:
    """Each policy has an order of its own, and every other one denies what the next allows."""
    texts = [
        ORDERED.format(at=at, a=at // 2, action=("Deny", "Allow")[at % 2]) for at in range(1100)
    ]
    old, new = (load_texts({"all.yaml": "".join(some)}) for some in (texts, texts[1:]))
    found = compare(old.cluster.policies, new.cluster.policies)
    assert found.relation is Relation.WIDER
    of_pods = [one for one in found.regions if isinstance(one.source, RegionPods)]
    assert of_pods
    for one in of_pods:
        assert one.source.pods == LabelSelector((Requirement("a", Operator.IN, ("0",)),))
