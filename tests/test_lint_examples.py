"""What lint says of the shipped examples: their slips, and no alarm on sound policies."""

from __future__ import annotations

import pytest

from netproof.lint.codes import Severity
from netproof.lint.running import LintOptions, LintReport, lint
from netproof_specs.assumptions import DEFAULTS, Assumption
from netproof_specs.loading import Decoding, LoadOptions, load, load_texts
from netproof_specs.problems import InputError

ACCOUNTS = "examples/accounts-finance/manifests/accounts.yaml"
AS_WRITTEN = "examples/accounts-finance-as-written/policies"
PRODUCTION = "examples/production"


def found(
    *paths: str, namespace: str = "default", decoding: Decoding = Decoding.STRICT
) -> LintReport:
    """What lint says of the files."""
    return lint(load(paths, LoadOptions(namespace, decoding)))


def codes(report: LintReport, title: str) -> set[str]:
    """The codes found on the policy of that title."""
    return {one.code for one in report.findings if one.policy and one.policy.title == title}


def test_the_key_in_the_wrong_case_and_the_rule_that_matches_nothing() -> None:
    report = found(
        ACCOUNTS,
        f"{AS_WRITTEN}/backend-allow.yaml",
        f"{AS_WRITTEN}/db-allow.yaml",
        namespace="accounts",
    )
    assert codes(report, "accounts/backend-allow") == {"NP003", "NP013"}
    assert codes(report, "accounts/db-allow") == {"NP003", "NP013"}


def test_the_key_in_the_wrong_case_without_any_workload() -> None:
    report = found(f"{AS_WRITTEN}/backend-allow.yaml", namespace="accounts")
    assert codes(report, "accounts/backend-allow") == {"NP013"}


def test_the_misplaced_ports_are_an_error_or_a_note() -> None:
    path = f"{AS_WRITTEN}/accounts-allow-fields-repaired.yaml"
    with pytest.raises(InputError, match="move `ports` out of the peer"):
        found(path)
    notes = found(path, decoding=Decoding.LENIENT).loaded.notes
    assert any("from[0].ports` dropped" in one.message for one in notes)


def test_the_missing_egress_rule_leaves_the_ingress_rule_without_effect() -> None:
    """G3.8: no pod may open the connection that the policy admits."""
    report = found(
        f"{PRODUCTION}/cluster/cluster.yaml",
        f"{PRODUCTION}/policies/deny-all.yaml",
        f"{PRODUCTION}/policies/allow-frontend-to-api.yaml",
    )
    (one,) = [one for one in report.findings if one.code == "NP005"]
    assert one.policy is not None
    assert one.policy.title == "production/allow-frontend-to-api"
    assert "the other ends deny" in one.message


def test_a_block_at_the_other_end_hides_nothing_of_pods_with_addresses() -> None:
    """A.29: by it a pod with an address in it is reached, if no pod of the open worlds."""
    text = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: among, namespace: x}
spec:
  podSelector: {matchLabels: {a: "1"}}
  policyTypes: [Ingress, Egress]
  ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]
  egress: [{to: [{podSelector: {matchLabels: {a: "1"}}}]}]
"""
    assert codes(lint(load_texts({"in.yaml": text})), "x/among") == {"NP017"}
    shut = text.replace("[{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]", "[]")
    hidden = lint(load_texts({"in.yaml": shut}))
    assert "NP006" in codes(hidden, "x/among")


def test_of_two_pods_one_may_have_an_address_and_the_other_none() -> None:
    """A.29: x/a without one reaches x/b by the block of its egress, and needs the first rule."""
    text = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: into, namespace: x}
spec:
  podSelector: {matchLabels: {app: b}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: a}}}]
  - from: [{ipBlock: {cidr: 0.0.0.0/0}}, {ipBlock: {cidr: "::/0"}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: x}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]
"""
    assert not {"NP006", "NP007"} & codes(lint(load_texts({"in.yaml": text})), "x/into")
    unmatched = LintOptions(assumptions=DEFAULTS - {Assumption.IPBLOCK_MATCHES_PODS})
    assert "NP006" in codes(lint(load_texts({"in.yaml": text}), unmatched), "x/into")


def test_the_two_scenarios_add_up() -> None:
    """G4.14, G4.15."""
    report = found("examples/redis-db/cluster", "examples/redis-db/policies")
    assert codes(report, "default/access-demo2") == {"NP023"}


@pytest.mark.parametrize(
    "paths",
    [
        ["examples/accounts-finance/manifests"],
        ["examples/coredns-metrics/manifests"],
        ["examples/redis-db/cluster", "examples/redis-db/policies"],
        [
            f"{PRODUCTION}/cluster/cluster.yaml",
            *(
                f"{PRODUCTION}/policies/{name}.yaml"
                for name in (
                    "deny-all",
                    "allow-frontend-to-api",
                    "frontend-egress",
                    "backend-egress",
                    "database",
                    "dns-egress-but-database",
                )
            ),
        ],
    ],
)
def test_sound_policies_raise_no_alarm(paths: list[str]) -> None:
    assert {one.severity for one in found(*paths).findings} <= {Severity.INFO}
