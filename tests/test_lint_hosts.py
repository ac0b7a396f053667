"""What lint says beside host endpoints: of removals, held against `compare`, and of the order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from tests.calico_strategies import selector_of
from tests.lint_samples import loaded
from tests.mixed_removals import NAMES, mixed_cluster, without
from tests.profiles import some

from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Relation
from netproof.lint import anywhere, boxed
from netproof.lint.boxes import Box, Space
from netproof.lint.facts import Facts
from netproof.lint.ground import Ground
from netproof.lint.redundancy import _answer as answer
from netproof.lint.removals import Settings
from netproof.lint.running import LintReport, lint
from netproof.solving import Limits
from netproof_encodings.decision.conditions import Found, IsHost
from netproof_encodings.obligations.redundancy import Part
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.loading import load_texts
from netproof_specs.model.calico import (
    CalicoAction,
    CalicoRule,
    CalicoSpec,
    EntityRule,
    GlobalNetworkPolicy,
)
from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.model.felix import FailsafePort, FelixConfiguration
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Direction, Protocol
from netproof_specs.worlds import World

SEEDS = 12
MANY = 300


def hosted(seed: int) -> Cluster:
    """A mixed cluster with host endpoints, and a policy that can be for these."""
    rng, cluster = Random(seed), mixed_cluster(seed)
    pods = tuple(
        replace(one, node="n1", addresses=("10.240.0.9",)) if one.host_network else one
        for one in cluster.workloads
    )
    hosts = tuple(
        HostEndpoint(
            f"h{at}",
            rng.choice(((("app", "a"),), (("role", "worker"),))),
            f"n{at}",
            "*",
            rng.choice(((), (f"10.240.0.{at}",))),
            rng.choice(((), ("projectcalico-default-allow",))),
        )
        for at in (1, 2)
    )
    chosen = rng.choice(("role == 'worker'", "has(app)", "!all()"))
    rule = CalicoRule(
        rng.choice((CalicoAction.ALLOW, CalicoAction.DENY)),
        protocol=rng.choice((None, "TCP")),
        source=EntityRule(nets=rng.choice(((), ("10.240.0.1/32",), ("10.0.0.0/8",)))),
    )
    spec = CalicoSpec(
        None,
        rng.choice((1.0, 2000.0)),
        selector_of(chosen) if chosen != "!all()" else None,
        None,
        (rng.choice(tuple(Direction)),),
        (rule,),
        (rule,),
    )
    own = GlobalNetworkPolicy("hosts", spec, selector_of("!all()") if chosen == "!all()" else None)
    policies = (*cluster.policies, own, *configurations(seed))
    return replace(cluster, workloads=pods, policies=policies, hosts=hosts)


def configurations(seed: int) -> Iterator[FelixConfiguration]:
    """What agents of some nodes keep open instead of what they do by default (D.36)."""
    rng = Random(f"felix {seed}")
    for name in ("default", "node.n1"):
        if rng.random() < 0.5:
            lists = (
                tuple(
                    FailsafePort(
                        rng.choice((Protocol.TCP, Protocol.UDP)),
                        rng.choice((80, 81)),
                        rng.choice(("", "10.240.0.1/32", "10.0.0.0/8")),
                    )
                    for _ in range(rng.randrange(3))
                )
                for _ in Direction
            )
            yield FelixConfiguration(name, *lists)


def named_in(cluster: Cluster) -> dict[World, list[Part]]:
    """What lint calls removable, one by one."""
    facts = Facts(loaded(cluster), DEFAULTS)
    ground = Ground(facts, Settings(DEFAULTS, Limits()), frozenset())
    found: dict[World, list[Part]] = {World.ANY_CLUSTER: [], World.SNAPSHOT: []}
    homes = {one.namespace for one in cluster.policies if one.namespace}
    for home in (None, *sorted(homes)):
        anywhere, here = answer(home, ground)
        found[World.ANY_CLUSTER] += [one.part for one in anywhere.removable]
        found[World.SNAPSHOT] += [] if here is None else [one.part for one in here.removable]
    return found


def check(seed: int) -> None:
    """Nothing that lint names has an effect, at host endpoints either.

    What has none in any cluster has none in the snapshot, where pods on their nodes' networks are.
    """
    cluster = hosted(seed)
    for world, parts in named_in(cluster).items():
        for part in parts:
            left = without(cluster.policies, {part})
            for asked in {world, World.SNAPSHOT}:
                options = CompareOptions(asked, DEFAULTS - {Assumption.TIES}, max_regions=1)
                found = compare(cluster.policies, left, cluster, options).relation
                assert found is Relation.EQUIVALENT, (part, asked)


@pytest.mark.generated
@pytest.mark.parametrize("seed", some(range(SEEDS)))
def test_what_can_be_removed_changes_nothing_at_hosts(seed: int) -> None:
    check(seed)


LABELS = ("app", "role", "projectcalico.org/namespace", "pcns.projectcalico.org/name")
VALUES = ("a", "b", "worker", "x", "y", "z")


def further(rng: Random, at: int) -> HostEndpoint:
    """A host endpoint that a cluster may have as well."""
    labels = tuple((key, rng.choice(VALUES)) for key in LABELS if rng.random() < 0.4)
    addresses = rng.choice(((), (f"10.240.7.{at}",), (f"10.1.7.{at}",), (f"fd00::{at}",)))
    profiles = rng.choice(((), ("projectcalico-default-allow",), ("none", "other")))
    return HostEndpoint(f"f{at}", labels, f"m{at}", "*", addresses, profiles)


def check_further(seed: int) -> None:
    """What lint says of any cluster holds where there are more host endpoints, pods with addresses
    among others without.
    """
    rng, cluster = Random(seed), hosted(seed)
    if seed % 3:
        pods = (one for one in cluster.workloads if not one.host_network)
        cluster = replace(cluster, hosts=(), workloads=tuple(pods))
    found = named_in(cluster)[World.ANY_CLUSTER]
    for _ in range(3 if found else 0):
        hosts = (*cluster.hosts, *(further(rng, at) for at in range(3)))
        more = replace(cluster, hosts=hosts, workloads=(*cluster.workloads, *_pods(rng)))
        for part in found:
            left = without(cluster.policies, {part})
            options = CompareOptions(World.SNAPSHOT, DEFAULTS - {Assumption.TIES}, max_regions=1)
            relation = compare(cluster.policies, left, more, options).relation
            assert relation is Relation.EQUIVALENT, (part, more)


def _pods(rng: Random) -> Iterator[Workload]:
    for at in range(3):
        addresses = rng.choice(((), (f"10.0.8.{at}",), (f"10.1.8.{at}",), (f"fd00::8:{at}",)))
        labels = rng.choice(((), (("app", "a"),), (("app", "b"),)))
        yield Workload("Pod", rng.choice(NAMES), f"more{at}", labels, addresses=addresses)


@pytest.mark.generated
@pytest.mark.parametrize("seed", some(range(1, 2 * SEEDS)))
def test_what_can_be_removed_anywhere_changes_nothing_at_further_hosts(seed: int) -> None:
    check_further(seed)


@pytest.mark.slow
def test_the_same_of_many() -> None:
    for seed in range(SEEDS, MANY):
        check(seed)
        check_further(seed)


# --- what a person reads ------------------------------------------------------------------------

HOSTS = """
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: w1, labels: {role: worker}}
spec: {node: n1, interfaceName: "*", expectedIPs: [10.240.0.4], profiles: [open]}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: w2, labels: {role: other}}
spec: {node: n2, interfaceName: "*", ports: [{name: node, protocol: TCP, port: 9100}]}
---
apiVersion: projectcalico.org/v3
kind: Profile
metadata: {name: open}
spec: {egress: [{action: Allow}], ingress: [{action: Allow}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: n1, containers: [{name: c}]}
"""
POLICY = """---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {{name: {name}}}
spec:
  order: {order}
  selector: "{selector}"
  types: [Ingress]
  ingress:
  - {rule}
"""
SSH = "{action: Allow, protocol: TCP, destination: {ports: [22]}}"
WEB = "{action: Allow, protocol: TCP, destination: {ports: [80]}}"
DENY = "{action: Deny}"


PEERS = """---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec:
  types: [Ingress]
  ingress:
  - action: Allow
    source: {selector: role == 'ROLE', namespaceSelector: global()}
"""


def policy(name: str, selector: str, rule: str, order: int = 10) -> str:
    return POLICY.format(name=name, selector=selector, rule=rule, order=order)


def report(*policies: str) -> LintReport:
    return lint(load_texts({"f": HOSTS + "".join(policies)}))


def said(found: LintReport, *codes: str) -> list[str]:
    return [one.message for one in found.findings if one.code in codes]


REMOVALS = ("NP005", "NP006", "NP007", "NP008", "NP009")


def test_a_policy_for_hosts_alone_is_not_called_removable() -> None:
    assert not said(report(policy("ssh", "role == 'worker'", WEB)), *REMOVALS)


def test_one_that_selects_nobody_of_the_input_is_removable_there() -> None:
    (message,) = said(report(policy("none", "role == 'nobody' && !all()", WEB)), "NP005")
    assert message.endswith("as it selects no pod and no host endpoint")
    assert "whatever pods, namespaces and host endpoints there are, every connection is" in message
    here = said(report(policy("others", "role == 'nobody'", WEB)), "NP008")
    assert [one for one in here if "`others` can be removed" in one]


def test_what_another_policy_says_of_hosts_as_well() -> None:
    twice = policy("a", "role == 'worker'", WEB) + policy("b", "has(role)", WEB, 20)
    (message,) = said(report(twice), "NP005")
    assert "`a` can be removed" in message
    once = policy("a", "role == 'worker'", WEB) + policy("b", "role == 'other'", WEB, 20)
    assert not said(report(once), *REMOVALS)


NOBODY = "role == 'nobody' && !has(role)"


@pytest.mark.parametrize("hosts", [HOSTS, HOSTS.rpartition("---")[2]], ids=["hosts", "no hosts"])
def test_a_rule_of_a_pods_policy_that_host_endpoints_meet(hosts: str) -> None:
    """D.23: no pod and no address meets it, and some host endpoint does, of the input or not."""

    def found(role: str) -> LintReport:
        return lint(load_texts({"f": hosts + PEERS.replace("role == 'ROLE'", role)}))

    assert not said(found("role == 'worker'"), "NP005", "NP006", "NP007")
    nobody = found("role == 'nobody'")
    assert not said(nobody, "NP005", "NP006", "NP007")
    (message,) = said(nobody, "NP009")
    assert "with the pods of the input" in message
    assert said(found(NOBODY), "NP006")


def test_a_policy_that_host_endpoints_alone_need() -> None:
    """All that the second selects has the label of a namespace, which host endpoints need not."""
    both = policy("a", "role == 'db'", WEB) + policy("b", "role == 'db'", WEB, 20)
    assert len(said(report(both), "NP005")) == 2
    pods = policy("b", "role == 'db' && has(projectcalico.org/namespace)", WEB, 20)
    (message,) = said(report(policy("a", "role == 'db'", WEB) + pods), "NP005")
    assert "`b` can be removed" in message


def test_what_failsafe_ports_take_first() -> None:
    (message,) = said(report(policy("ssh", "!has(projectcalico.org/namespace)", SSH)), "NP027")
    assert "failsafe ports of host endpoints (D.36) takes every connection" in message


def test_ties_and_policies_that_take_away_count_for_hosts() -> None:
    host = "!has(projectcalico.org/namespace)"
    assert said(report(policy("a", host, WEB), policy("b", host, DENY)), "NP026")
    (message,) = said(report(policy("a", host, WEB)), "NP028")
    assert "and isolates: where no other policy" in message
    before = policy("a", "has(role)", DENY, 1) + policy("b", "role == 'worker'", WEB, 2)
    assert any("no ingress rule of `b` is reached" in one for one in said(report(before), "NP027"))


def test_a_port_that_a_host_endpoint_names_is_declared() -> None:
    """D.6, F135."""
    named = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec: {podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: NAME}]}]}
"""
    assert not said(report(named.replace("NAME", "node")), "NP019")
    assert said(report(named.replace("NAME", "none")), "NP019")


def test_host_endpoints_without_any_pod() -> None:
    alone = HOSTS.rpartition("---")[0] + policy("a", "role == 'nobody'", WEB)
    (message,) = said(lint(load_texts({"f": alone})), "NP008")
    assert "`a` can be removed" in message


def test_addresses_of_the_pods_that_a_policy_selects() -> None:
    """D.21: a block for the own end meets no pod whose address nobody knows, and others."""
    own = """---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {types: [Ingress], ingress: [{action: Allow, destination: {nets: [10.0.0.0/8]}}]}
"""
    found = lint(load_texts({"f": HOSTS.rpartition("---")[2] + own}))
    assert not said(found, "NP005", "NP006", "NP007")


# --- planted errors -----------------------------------------------------------------------------


def _by_any_address(_: Space, atom: IsHost) -> Box:
    return ORIGINAL(_, replace(atom, found=Found.AS_SUBJECT))


ORIGINAL = Space._host
PLANTED = (
    (Facts, "other_hosts", None),
    (boxed, "_for_hosts", lambda tier: replace(tier, policies=())),
    (Space, "_host", _by_any_address),
    (anywhere, "HOST", 0),
)


NETS = """    source: {selector: has(role), namespaceSelector: global(), nets: [0.0.0.0/0]}
  - action: Allow
    source: {selector: has(role), namespaceSelector: global(), nets: ["::/0"]}
  - action: Allow
    source"""
"""Two rules that find by an address all that the third one does."""


def findings() -> list[tuple[str, str]]:
    """What is found of a few policies for host endpoints, and of what such are as peers."""
    nets = "{action: Allow, source: {nets: [10.240.0.4/32]}, protocol: TCP}"
    host = "!has(projectcalico.org/namespace)"
    found = [
        report(policy("ssh", "role == 'worker'", WEB)),
        report(policy("a", host, WEB), policy("b", host, DENY)),
        report(PEERS.replace("ROLE", "worker")),
        report(policy("nets", "app == 'web'", nets)),
        report(PEERS.replace("ROLE", "w").replace("    source", NETS)),
        lint(load_texts({"f": HOSTS.rpartition("---")[2] + policy("a", host, WEB)})),
    ]
    return [(one.code, one.message) for each in found for one in each.findings]


@pytest.mark.parametrize(("place", "name", "wrong"), PLANTED, ids=[one[1] for one in PLANTED])
def test_planted_errors_are_noticed(
    place: object, name: str, wrong: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = findings()
    with monkeypatch.context() as planted:
        planted.setattr(place, name, wrong)
        assert findings() != right
