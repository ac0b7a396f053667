"""What lint says of removals, held against `compare`, which shares none of its shortcuts."""

from __future__ import annotations

import pytest
from tests.lint_samples import loaded
from tests.mixed_removals import mixed_cluster, without

from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Relation
from netproof.lint import reaching
from netproof.lint.facts import Facts
from netproof.lint.findings import Together
from netproof.lint.ground import Ground
from netproof.lint.removals import Answered, Settings
from netproof.lint.running import lint
from netproof.solving import Limits
from netproof_encodings.lowering import TUNNEL_INDEX, every_tier
from netproof_encodings.obligations.redundancy import Part
from netproof_specs.assumptions import DEFAULTS
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Cluster
from netproof_specs.worlds import World

SEEDS = 24
MANY = 400


def named_in(cluster: Cluster, world: World) -> dict[Part, bool]:
    """What lint calls removable, with whether all that are so marked can go at once."""
    ground = Ground(Facts(loaded(cluster), DEFAULTS), Settings(DEFAULTS, Limits()), frozenset())
    tiers = every_tier(ground.facts.tiers)
    policies = [one for tier in tiers for one in tier.policies if one.index != TUNNEL_INDEX]
    homes = sorted({one.home for one in policies}, key=lambda home: home or "")
    answers = [_answered(ground, home, world) for home in homes]
    return {one.part: one.together for found in answers for one in found.removable}


def _answered(ground: Ground, home: str | None, world: World) -> Answered:
    if world is World.ANY_CLUSTER:
        return ground.anywhere(home)
    return ground.here(home, frozenset()) if ground.asks_here(home) else Answered((), ())


def check(seed: int, world: World) -> None:
    """All that lint names has no effect, one by one and what it marks at once.

    Not the other way round: of ties and of unknown addresses lint asks for more than a comparison
    does (C.4, A.29).
    """
    cluster = mixed_cluster(seed)
    found = named_in(cluster, world)
    options = CompareOptions(world, max_regions=1)
    for gone in [{part} for part in found] + [{part for part, at_once in found.items() if at_once}]:
        left = without(cluster.policies, gone)
        relation = compare(cluster.policies, left, cluster, options).relation
        assert relation is Relation.EQUIVALENT, gone


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_can_be_removed_from_any_cluster_changes_nothing(seed: int) -> None:
    check(seed, World.ANY_CLUSTER)


@pytest.mark.parametrize("seed", range(SEEDS // 2))
def test_what_can_be_removed_from_the_snapshot_changes_nothing(seed: int) -> None:
    check(seed, World.SNAPSHOT)


@pytest.mark.slow
@pytest.mark.parametrize("world", [World.ANY_CLUSTER, World.SNAPSHOT])
def test_the_same_of_many(world: World) -> None:
    for seed in range(SEEDS, MANY):
        check(seed, world)


BASELINE = """
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec: {subject: {namespaces: {}}, egress: [{action: Deny, to: [{namespaces: {}}]}]}
---
"""
GLOBAL = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: default}
spec:
  order: 2000
  selector: projectcalico.org/orchestrator == 'k8s'
  types: [Egress]
  egress: [{action: Deny}]
---
"""
OF_NAMESPACES = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: bar}
spec: {podSelector: {}, policyTypes: [Egress], egress: [EGRESS]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: in, namespace: x}
spec:
  podSelector: {}
  ingress: [{from: [{namespaceSelector: {}}]}, {from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]
"""


@pytest.mark.parametrize("wide", [BASELINE, GLOBAL])
@pytest.mark.parametrize(("egress", "removable"), [("{}", False), ("", True)])
def test_one_namespace_may_allow_what_is_denied_everywhere_else(
    wide: str, egress: str, removable: bool
) -> None:
    """Only pods of `bar`, which no rule names, can send what the first rule of `x/in` admits."""
    cluster = load_texts({"m.yaml": wide + OF_NAMESPACES.replace("EGRESS", egress)}).cluster
    (at,) = (at for at, one in enumerate(cluster.policies) if one.name == "in")
    rule = Part(at, ("Ingress", 0))
    assert (rule in named_in(cluster, World.ANY_CLUSTER)) is removable
    relation = compare(cluster.policies, without(cluster.policies, {rule})).relation
    assert (relation is Relation.EQUIVALENT) is removable


def test_what_a_policy_does_for_host_endpoints_is_not_called_nothing() -> None:
    """It selects host endpoints alone, of which the input need not hold any (D.35)."""
    text = """
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: workers}
spec:
  order: 1
  selector: role == 'worker' && !has(projectcalico.org/orchestrator)
  types: [Egress]
  egress: [{action: Allow, protocol: TCP}]
"""
    assert "NP005" not in {one.code for one in lint(load_texts({"m.yaml": text})).findings}
    nobody = text.replace("role == 'worker'", "role == 'worker' && !has(role)")
    report = lint(load_texts({"m.yaml": nobody}))
    (found,) = (one for one in report.findings if one.code == "NP005")
    assert found.message.endswith("as it selects no pod and no host endpoint")


def of_namespace(namespace: str) -> str:
    """A policy of Calico that isolates the ingress of the namespace's pods, or of every one."""
    kind = "NetworkPolicy" if namespace else "GlobalNetworkPolicy"
    given = f", namespace: {namespace}" if namespace else ""
    return (
        f"---\napiVersion: projectcalico.org/v3\nkind: {kind}\nmetadata: {{name: p{given}}}\n"
        "spec: {selector: projectcalico.org/orchestrator == 'k8s', types: [Ingress]}\n"
    )


@pytest.mark.parametrize(
    ("isolated", "left"), [(["a"], {"b"}), (["b"], {"a"}), (["a", "b"], set()), ([""], set())]
)
def test_pods_are_isolated_by_policies_of_their_namespace_or_of_none(
    isolated: list[str], left: set[str]
) -> None:
    """NP021 beside Calico's policies: the own ones of the namespace, and the global ones."""
    pods = "".join(
        f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {one}}}\n"
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: w, namespace: {one}}}\n"
        "spec: {containers: [{name: c}]}\n"
        for one in "ab"
    )
    report = lint(load_texts({"m.yaml": pods + "".join(map(of_namespace, isolated))}))
    messages = [one.message for one in report.findings if one.code == "NP021"]
    found = {
        name
        for name in "ab"
        for one in messages
        if f"namespace `{name}`" in one and "for ingress" in one
    }
    assert found == left


IDLE_AND_DENY = """
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: idle, namespace: shop}
spec: {types: [Ingress], ingress: [{action: Allow, source: {selector: "has(a) && !has(a)"}}]}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: nothing, namespace: shop}
spec: {types: [Ingress]}
"""


def test_a_default_deny_that_may_be_for_host_endpoints_is_the_last_to_go() -> None:
    found = lint(load_texts({"f": IDLE_AND_DENY})).findings
    told = {one.policy.title: one.together for one in found if one.policy and one.code == "NP005"}
    assert told == {"shop/idle": Together.YES, "shop/nothing": Together.NO}


ON_A_NODE = """
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: w1, labels: {role: worker}}
spec: {node: n1, interfaceName: "*"}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop}
spec: {nodeName: n1, hostNetwork: HOST_NETWORK, containers: [{name: c}]}
status: {podIPs: [{ip: 10.240.0.9}]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: g}
spec:
  types: [Ingress]
  selector: role == 'worker'
  ingress:
  - {action: Allow, destination: {nets: [10.0.0.0/8]}}
  - {action: Allow, destination: {selector: all(), nets: [10.0.0.0/8]}}
"""
BY_AN_UNKNOWN_LABEL = """---
apiVersion: batch/v1
kind: Job
metadata: {name: j, namespace: shop}
spec: {template: {spec: {containers: [{name: c}]}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: u, namespace: shop}
spec: {podSelector: {matchLabels: {batch.kubernetes.io/controller-uid: u}}, ingress: [{}]}
"""


@pytest.mark.parametrize("more", ["", BY_AN_UNKNOWN_LABEL], ids=["known", "unknown"])
@pytest.mark.parametrize(("host_network", "told"), [("false", True), ("true", False)])
def test_a_pod_on_its_nodes_network_may_need_what_no_host_endpoint_does(
    more: str, host_network: str, told: bool
) -> None:
    """No host endpoint has an address by which selectors do not find it, and such a pod does."""
    text = ON_A_NODE.replace("HOST_NETWORK", host_network) + more
    found = lint(load_texts({"f": text})).findings
    assert any("`g ingress[0]` can be removed" in one.message for one in found) is told


FIRST = "  - {action: Allow, destination: {nets: [10.0.0.0/8]}}\n"


@pytest.mark.parametrize(("chosen", "told"), [("selector: all(), ", False), ("", True)])
def test_a_pod_on_its_nodes_network_may_reach_a_rule_that_no_host_endpoint_reaches(
    chosen: str, told: bool
) -> None:
    """What asks for a selector takes no pod whose host endpoint expects no address."""
    head, _, tail = ON_A_NODE.replace("HOST_NETWORK", "true").partition(FIRST)
    denying = tail.replace("Allow", "Deny").replace("selector: all(), ", chosen)
    later = head[head.rindex("---") :].replace("{name: g}\nspec:", "{name: h}\nspec:\n  order: 9")
    head = head.replace("{name: g}\nspec:", "{name: g}\nspec:\n  order: 8")
    found = lint(load_texts({"f": head + denying + later + FIRST})).findings
    assert any(one.code == "NP027" and "`h`" in one.message for one in found) is told


NAMES_OF_PORTS = """
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x}
spec:
  containers: [{name: c}]
  initContainers: [{name: i, ports: [{name: web, containerPort: 80}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: x}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  ingress: [{ports: [{port: web}]}]
  egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: node}]}]
"""
NAMING_HOST = """---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: h}
spec:
  {node: n1, interfaceName: "*", expectedIPs: [10.0.0.1],
   ports: [{name: NAME, protocol: TCP, port: 9100}]}
"""


@pytest.mark.parametrize(
    ("more", "count"),
    [
        ("", 2),
        (NAMING_HOST.replace("NAME", "other"), 1),
        (NAMING_HOST.replace("NAME", "node").replace("TCP", "UDP"), 1),
        (NAMING_HOST.replace("NAME", "node").replace("TCP", "6"), 0),
        (NAMING_HOST.replace("NAME", "node"), 0),
    ],
    ids=["no Calico", "another name", "another protocol", "its number", "that name"],
)
def test_who_declares_a_port_with_calico(more: str, count: int) -> None:
    """Any init container does, and a host endpoint for rules that name blocks (A.36, D.6)."""
    found = lint(load_texts({"f": NAMES_OF_PORTS + more})).findings
    assert sum(one.code == "NP019" for one in found) == count


OWN_AND_OTHER = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: h}
spec:
  order: 1
  selector: all()
  types: [Ingress]
  ingress:
  - {action: Deny, FIRST}
  - {action: Deny, source: {nets: ["NET"]}}
  - {action: Allow, destination: {nets: ["NET"]}}
"""


@pytest.mark.parametrize("by", ["boxes", "solver"])
@pytest.mark.parametrize(
    ("first", "net", "told"),
    [
        ("destination: {selector: all()}", "0.0.0.0/0", False),
        ('source: {notNets: ["NET"]}', "10.0.0.0/8", True),
    ],
)
def test_a_pod_without_an_address_may_meet_one_on_its_nodes_network(
    first: str, net: str, told: bool, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That has an address, though its host endpoint expects none; the other one has none."""
    if by == "solver":
        monkeypatch.setattr(reaching, "MOST_STEPS", 0)
    text = OWN_AND_OTHER.replace("FIRST", first).replace("NET", net)
    found = lint(load_texts({"f": text})).findings
    assert any("`h ingress[2]` is never reached" in one.message for one in found) is told
