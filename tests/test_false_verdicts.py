"""Inputs on which a proof, a refutation or an equivalence would be false.

Each row is an attempt to make the whole program say so, from manifests to the verdict.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from netproof.comparison.policies import CompareOptions, compare
from netproof.comparison.versions import shared_cluster
from netproof.comparisons import Relation
from netproof.pipeline import verify
from netproof.reports.regions import region_end_text
from netproof.solving import Answer, Session
from netproof.verdicts import Outcome, Proof, Turn, Vacuous, Verdict
from netproof.verified import VerifyOptions
from netproof_encodings.obligations.claims import ALL_HERE
from netproof_specs.assumptions import DEFAULTS, Assumption, Assumptions
from netproof_specs.claims import (
    CanReachOnly,
    ConnectionClaim,
    Group,
    OnlyCanReach,
    PodsWhere,
    Statement,
)
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.problems import InputError
from netproof_specs.spec_files.reading import statements_of
from netproof_specs.worlds import World

POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: p, namespace: x}}
spec: {{podSelector: {{}}, ingress: [{{from: [{peers}]}}]}}
"""
APP_A = "{podSelector: {matchLabels: {app: a}}}"


def policies(*peers: str) -> tuple[Policy, ...]:
    """One policy that selects every pod of a namespace and admits the peers."""
    return load_texts({"p.yaml": POLICY.format(peers=", ".join(peers))}).cluster.policies


def verdict(claim: str, text: str, world: World | None = None) -> Verdict:
    """The verdict on one claim about one text of manifests."""
    options = VerifyOptions(world=world)
    (found,) = verify(load_texts({"m.yaml": text}), statements_of([], [claim]), options).verdicts
    return found


# --- what another claim of the run names ----------------------------------------------------

FROM_BLUE = """
apiVersion: v1
kind: Namespace
metadata: {name: x, labels: {team: red}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: x}
spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}}]}]}
"""


@pytest.mark.parametrize("world", World)
def test_a_claim_is_decided_as_if_it_were_the_only_one(world: World) -> None:
    """A.52: what another claim names is no namespace that this one would range over."""
    claims = [
        "pods may reach ns:x on TCP/80",
        "ns(team=blue) cannot reach ns:x",
        "only ns:z can reach ns:x",
        "ns:z cannot reach ns:x on TCP/81",
    ]
    options = VerifyOptions(world=world)
    at_once = verify(load_texts({"m.yaml": FROM_BLUE}), statements_of([], claims), options)
    alone = [verdict(claim, FROM_BLUE, world) for claim in claims]
    assert [one.outcome for one in at_once.verdicts] == [one.outcome for one in alone]
    assert [_empty(one) for one in at_once.verdicts] == [_empty(one) for one in alone]


def _empty(verdict: Verdict) -> tuple[str, ...]:
    return verdict.judgement.empty if isinstance(verdict.judgement, Vacuous) else ()


# --- names that no namespace has --------------------------------------------------------------


def named(value: str) -> str:
    """A peer that selects namespaces by a value of the automatic label."""
    return f'{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: "{value}"}}}}}}'


@pytest.mark.parametrize("value", ["Foo_Bar", "", "a.b", "UP"])
def test_no_namespace_has_a_name_that_the_server_refuses(value: str) -> None:
    """B.8, A.25: a label value may be what a namespace's name cannot be."""
    assert compare(policies(APP_A), policies(APP_A, named(value))).relation is Relation.EQUIVALENT
    text = POLICY.format(peers=f"{APP_A}, {named(value)}")
    found = verdict("only pods(app=a) in ns:x can reach ns:x", text)
    assert found.outcome is Outcome.PROVED


def test_a_name_that_a_namespace_can_have() -> None:
    found = compare(policies(APP_A), policies(APP_A, named("foo-bar")))
    assert found.relation is Relation.WIDER


# --- namespaces that the input refers to --------------------------------------------------------

SCALED_DOWN = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: idle, namespace: z}
spec: {replicas: 0, template: {metadata: {labels: {app: idle}}, spec: {containers: []}}}
"""
SUSPENDED = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: idle, namespace: z}
spec: {suspend: true, jobTemplate: {spec: {template: {spec: {containers: []}}}}}
"""
COMPLETED = """
apiVersion: v1
kind: Pod
metadata: {name: done, namespace: z}
spec: {containers: []}
status: {phase: Succeeded}
"""
DEAD_RULE = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: dead, namespace: x}
spec:
  podSelector: {matchLabels: {app: none}}
  policyTypes: [Ingress]
  egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: z}}}]}]
"""
LIVE_RULE = DEAD_RULE.replace("[Ingress]", "[Egress]")
REFERRING = [SCALED_DOWN, SUSPENDED, COMPLETED, DEAD_RULE, LIVE_RULE]
FROM_EVERYWHERE = "{namespaceSelector: {}}"


@pytest.mark.parametrize("text", REFERRING)
def test_a_claim_ranges_over_every_namespace_that_the_input_refers_to(text: str) -> None:
    """A.52: pods can be deployed where none runs, and where only a dead rule looks."""
    claim, policy = "only ns:x can reach ns:x", POLICY.format(peers=FROM_EVERYWHERE)
    assert verdict(claim, policy, World.ANY_PODS).outcome is Outcome.PROVED
    found = verdict(claim, f"{policy}---{text}", World.ANY_PODS)
    assert found.outcome is Outcome.REFUTED


@pytest.mark.parametrize("text", REFERRING)
def test_a_comparison_ranges_over_every_namespace_that_the_input_refers_to(text: str) -> None:
    old, new = (
        load_texts({"m.yaml": f"{POLICY.format(peers=peer)}---{text}"})
        for peer in ("{podSelector: {}}", FROM_EVERYWHERE)
    )
    options = CompareOptions(World.ANY_PODS)
    alone = policies("{podSelector: {}}"), policies(FROM_EVERYWHERE)
    assert compare(*alone, None, options).relation is Relation.EQUIVALENT
    cluster = shared_cluster(old, new, World.ANY_PODS)
    found = compare(old.cluster.policies, new.cluster.policies, cluster, options)
    assert found.relation is Relation.WIDER
    sources = [region_end_text(one.source) for one in found.regions]
    assert sources == ["ns(kubernetes.io/metadata.name!=x)"]


# --- pods that objects of add-ons run -----------------------------------------------------------

SHOP = """
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: x, labels: {app: db}}
spec: {containers: []}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: x, labels: {app: web}}
spec: {containers: []}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: x}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: Exists}]}}]}]
---
"""
ADD_ON = """
apiVersion: {group}
kind: {kind}
metadata: {{name: legacy, namespace: x, labels: {{app: legacy}}}}
spec: {{template: {{metadata: {{labels: {{app: legacy}}}}, spec: {{}}}}}}
"""


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("kubevirt.io/v1", "VirtualMachine"),
        ("kubevirt.io/v1", "VirtualMachineInstance"),
        ("apps.openshift.io/v1", "DeploymentConfig"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("serving.knative.dev/v1", "Service"),
    ],
)
def test_the_pods_of_an_add_on_are_in_the_snapshot(group: str, kind: str) -> None:
    """A.9a: a machine's pod reaches what the policy lets it reach."""
    claim = "only pods(app=web) in ns:x can reach pods(app=db) in ns:x"
    assert verdict(claim, SHOP.rstrip("-\n")).outcome is Outcome.PROVED
    found = verdict(claim, SHOP + ADD_ON.format(group=group, kind=kind))
    assert found.outcome is Outcome.REFUTED


@pytest.mark.parametrize(
    "text",
    [
        "{apiVersion: a.io/v1, kind: Odd, metadata: {name: a}, "
        "spec: {template: {spec: {containers: []}}}}",
        "{apiVersion: k8s.ovn.org/v1, kind: UserDefinedNetwork, metadata: {name: a, namespace: x}, "
        "spec: {topology: Layer2, layer2: {role: Primary}}}",
        "{apiVersion: k8s.ovn.org/v1, kind: ClusterUserDefinedNetwork, metadata: {name: a}, "
        "spec: {network: {topology: Layer2, layer2: {role: Primary}}}}",
    ],
)
def test_nothing_is_proved_beside_pods_and_networks_that_are_not_modelled(text: str) -> None:
    """A.9a, A.9b: what is refused is never skipped."""
    with pytest.raises(InputError, match=r"A\.9a|B\.7"):
        verdict("ns:x can reach ns:x on TCP/80", SHOP + text)


# --- worlds without any connection ------------------------------------------------------------


def test_policies_are_not_equivalent_over_no_pods() -> None:
    with pytest.raises(InputError, match="no pods to compare"):
        compare(policies(APP_A), policies(), Cluster(), CompareOptions(World.SNAPSHOT))


@pytest.mark.parametrize("claim", ["policy p is redundant", "policy p is necessary"])
def test_a_claim_on_policies_is_vacuous_over_no_pods(claim: str) -> None:
    found = verdict(claim, POLICY.format(peers=APP_A), World.SNAPSHOT)
    assert found.outcome is Outcome.VACUOUS


def test_a_comparison_lists_a_region_at_least() -> None:
    """A change is known by its regions: looking for none would find two sets equivalent."""
    with pytest.raises(ValueError, match="at least 1"):
        CompareOptions(max_regions=0)


# --- address families -------------------------------------------------------------------------

TWO_PODS = """
apiVersion: v1
kind: Pod
metadata: {{name: a, namespace: x, labels: {{app: a}}}}
spec: {{containers: []}}
status: {{podIP: 10.0.0.1, podIPs: [{{ip: 10.0.0.1}}{more}]}}
---
apiVersion: v1
kind: Pod
metadata: {{name: b, namespace: x}}
spec: {{containers: []}}
status: {{podIP: 10.0.0.2, podIPs: [{{ip: 10.0.0.2}}{more}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: p, namespace: x}}
spec: {{podSelector: {{}}, ingress: [{{from: [{{ipBlock: {{cidr: 10.0.0.0/24}}}}]}}]}}
"""


@pytest.mark.parametrize(
    ("more", "expected"), [("", Outcome.PROVED), (", {ip: '2001:db8::1'}", Outcome.REFUTED)]
)
def test_pods_without_an_ipv6_address_do_not_talk_over_ipv6(more: str, expected: Outcome) -> None:
    """A.27: an ipBlock of one family is enough for pods that have addresses of it only."""
    text = TWO_PODS.format(more=more)
    assert verdict("x/a can reach x/b on TCP/80", text).outcome is expected


# --- claims on policies name the assumptions that they rest on ----------------------------------

BLOCK = """
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: x}
spec: {podSelector: {}}
"""


@pytest.mark.parametrize(
    ("assumed", "outcome", "turned"),
    [
        (DEFAULTS, Outcome.REFUTED, Outcome.PROVED),
        (frozenset[Assumption](), Outcome.PROVED, Outcome.REFUTED),
    ],
)
def test_a_policy_that_admits_one_pod_by_its_address(
    assumed: Assumptions, outcome: Outcome, turned: Outcome
) -> None:
    """A.29: what the policy adds is nothing where ipBlocks do not match pods."""
    text = TWO_PODS.format(more="").replace("10.0.0.0/24", "10.0.0.1/32") + BLOCK
    options = VerifyOptions(World.SNAPSHOT, assumed)
    statements = statements_of([], ["policy p is redundant"])
    (found,) = verify(load_texts({"m.yaml": text}), statements, options).verdicts
    assert found.outcome is outcome
    assert found.robustness is not None
    assert Turn((Assumption.IPBLOCK_MATCHES_PODS,), turned) in found.robustness.turns


# --- labels that controllers add to pods --------------------------------------------------------

MADE = """
apiVersion: {group}/v1
kind: {kind}
metadata: {{name: one, namespace: x}}
spec: {{template: {{metadata: {{labels: {{app: a}}}}, spec: {{containers: []}}}}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: b, namespace: x}}
spec: {{containers: []}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: p, namespace: x}}
spec: {{podSelector: {{matchLabels: {{{label}}}}}}}
"""


@pytest.mark.parametrize(
    ("group", "kind", "label"),
    [
        ("apps", "StatefulSet", "statefulset.kubernetes.io/pod-name: one-0"),
        ("apps", "StatefulSet", "apps.kubernetes.io/pod-index: '0'"),
        ("apps", "Deployment", "pod-template-hash: 5d4f"),
        ("apps", "DaemonSet", "controller-revision-hash: 5d4f"),
        ("batch", "Job", "controller-uid: 5d4f"),
    ],
)
def test_a_label_that_the_input_does_not_give_is_no_absent_one(
    group: str, kind: str, label: str
) -> None:
    """A.1: the policy may select pods of the workload, so nothing can be said of the snapshot."""
    text = MADE.format(group=group, kind=kind, label=label)
    loaded = load_texts({"m.yaml": text})
    with pytest.raises(InputError, match=r"get the label `.*` when they are made"):
        verify(loaded, statements_of([], ["x/b can reach x/one on TCP/80"]))
    with pytest.raises(InputError, match="get the label"):
        compare(loaded.cluster.policies, (), loaded.cluster, CompareOptions(World.SNAPSHOT))
    assert verdict("ns:x can reach ns:x on TCP/80", text, World.ANY_PODS).counterexample


def test_a_label_that_a_claim_asks_for_and_the_input_does_not_give() -> None:
    text = MADE.format(group="apps", kind="StatefulSet", label="app: c")
    group = "pods(statefulset.kubernetes.io/pod-name=one-0)"
    with pytest.raises(InputError, match="get the label"):
        verdict(f"x/b cannot reach {group}", text)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("job-name: one", Outcome.REFUTED),
        ("batch.kubernetes.io/job-name: one", Outcome.REFUTED),
        ("job-name: other", Outcome.PROVED),
    ],
)
def test_pods_of_a_job_carry_its_name(label: str, expected: Outcome) -> None:
    text = MADE.format(group="batch", kind="Job", label=label)
    assert verdict("x/b can reach x/one on TCP/80", text).outcome is expected


# --- limits -------------------------------------------------------------------------------------


def test_a_core_is_not_called_minimal_where_a_limit_kept_that_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = POLICY.format(peers=APP_A) + "---" + POLICY.format(peers=APP_A).replace("p,", "q,")
    check = Session.check

    def limited(session: Session, assumed: Sequence[str]) -> Answer:
        """No answer to questions that leave policies out."""
        return check(session, assumed) if ALL_HERE in assumed else Answer.UNKNOWN

    claim = "external cannot reach ns:x"
    whole = verdict(claim, text).grounds
    assert isinstance(whole, Proof)
    assert whole.minimal
    monkeypatch.setattr(Session, "check", limited)
    found = verdict(claim, text)
    assert found.outcome is Outcome.PROVED
    assert isinstance(found.grounds, Proof)
    assert not found.grounds.minimal


@pytest.mark.parametrize("sort", ["only", "reach"])
@pytest.mark.parametrize("world", World)
def test_a_claim_that_admits_nobody(sort: str, world: World) -> None:
    """Its other end is anybody: the language has no such claim, but its values can say so."""
    group = Group("ns:x", PodsWhere(namespace="x"))
    claim: ConnectionClaim = OnlyCanReach((), group, ())
    if sort == "reach":
        claim = CanReachOnly(group, (), None)
    pods = "".join(
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {name}}}\n"
        "spec: {containers: []}\n"
        for name in ("x", "z")
    )
    loaded = load_texts({"p.yaml": POLICY.format(peers="{namespaceSelector: {}}") + pods})
    statement = Statement("c", "claim", claim)
    (found,) = verify(loaded, [statement], VerifyOptions(world=world)).verdicts
    assert found.outcome is Outcome.REFUTED
