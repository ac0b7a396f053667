"""What lint proves of admin-level policies: an earlier rule can leave a later one idle."""

from __future__ import annotations

from netproof.lint.running import LintOptions, lint
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.loading import load_texts

POLICIES = """
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: edge}
spec:
  priority: 5
  subject: {namespaces: {}}
  ingress:
  - {name: open, action: Allow, from: [{namespaces: {}}], ports: [PORT]}
  - {name: late, action: Deny, from: [{namespaces: {matchLabels: {team: b}}}], ports: [PORT]}
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec:
  subject: {namespaces: {}}
  ingress: [{name: none, action: Deny, from: [{namespaces: {}}]}]
""".replace("PORT", "{portNumber: {port: 80}}")


def found_in(text: str) -> list[tuple[str, str]]:
    """The code and first words of what lint proves can be removed."""
    report = lint(load_texts({"m.yaml": text}))
    return [
        (one.code, one.message)
        for one in report.findings
        if one.code in ("NP005", "NP006", "NP007")
    ]


def test_a_rule_after_one_that_matches_all_that_it_does() -> None:
    (found,) = found_in(POLICIES)
    assert found[0] == "NP007"
    assert "`AdminNetworkPolicy/edge ingress[1]` can be removed" in found[1]
    assert "`AdminNetworkPolicy/edge ingress[0]` comes before it and matches everything" in found[1]


def test_in_the_other_order_both_have_an_effect() -> None:
    lines = POLICIES.splitlines()
    at = next(number for number, line in enumerate(lines) if "open" in line)
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    assert found_in("\n".join(lines)) == []


OF_ONE_NAMESPACE = """
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {name: default}
spec:
  subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: x}}}
  ingress: [{action: Deny, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: z}}}]}]
---
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: x}
spec: {containers: []}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: z}
spec: {containers: []}
"""


def test_a_rule_matches_pods_of_other_namespaces_whatever_their_addresses() -> None:
    """What a policy of one namespace denies to z/b is no rule without effect."""
    loaded = load_texts({"m.yaml": OF_ONE_NAMESPACE})
    for assumed in (DEFAULTS, DEFAULTS | {Assumption.UNKNOWN_POD_ADDRESSES}):
        codes = {one.code for one in lint(loaded, LintOptions(assumptions=assumed)).findings}
        assert not codes & {"NP005", "NP006", "NP007", "NP008"}


BETWEEN = """
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: edge}
spec:
  priority: 5
  subject: {namespaces: {}}
  egress:
  - {action: Allow, to: [{networks: [10.0.0.0/8]}]}
  - {action: Deny, to: [{namespaces: {}}]}
  - {action: Allow, to: [{networks: [10.0.0.0/8]}]}
"""


def test_a_rule_for_networks_comes_before_what_is_denied_to_pods_with_addresses_there() -> None:
    """A.29: outside addresses alone do not show it, and by default pods that may be have none."""
    (found,) = found_in(BETWEEN)
    assert found[0] == "NP007"
    assert "`AdminNetworkPolicy/edge egress[2]` can be removed" in found[1]


def test_a_policy_without_others_is_not_said_to_have_their_effect() -> None:
    """What no policy decides is allowed, so that one which only allows says nothing."""
    alone = BETWEEN.replace("  - {action: Deny, to: [{namespaces: {}}]}\n", "")
    whole = [message for code, message in found_in(alone) if code == "NP005"]
    assert len(whole) == 1
    assert whole[0].endswith(", as it denies nothing")
