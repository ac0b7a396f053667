"""Claims on policies: equivalent, redundant, necessary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.schema_check import checked

from netproof import to_data
from netproof.cli import main
from netproof.comparisons import Difference
from netproof.pipeline import verify
from netproof.solving import Limits
from netproof.verdicts import Alike, Outcome, Proved, Refuted, Unknown, Verdict
from netproof.verified import Report, VerifyOptions
from netproof_specs.loading import load_texts
from netproof_specs.problems import InputError
from netproof_specs.spec_files.reading import read_spec, statements_of
from netproof_specs.worlds import World


def policy(name: str, rules: str, app: str = "db", space: str = "shop") -> str:
    """A policy on the ingress of some pods."""
    return (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: {name}, namespace: {space}}}\n"
        f"spec: {{podSelector: {{matchLabels: {{app: {app}}}}}, ingress: {rules}}}\n"
    )


WEB = "{from: [{podSelector: {matchLabels: {app: web}}}]}"
METRICS = "{ports: [{port: 9100}]}"
FILES = {
    "k8s/old/whole.yaml": policy("whole", f"[{WEB}, {METRICS}]"),
    "k8s/new/web.yaml": policy("web", f"[{WEB}]"),
    "k8s/new/metrics.yaml": policy("metrics", f"[{METRICS}]"),
    "k8s/other/elsewhere.yaml": policy("web", f"[{WEB}]", space="yard"),
    "k8s/other/closed.yaml": policy("closed", "[]", app="vault"),
}
PODS = """\
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c}]}
"""


def report(
    *claims: str, files: Mapping[str, str] = FILES, options: VerifyOptions | None = None
) -> Report:
    """The report on the claims."""
    return verify(load_texts(files), statements_of([], claims), options)


def verdict(claim: str, files: Mapping[str, str] = FILES, world: World | None = None) -> Verdict:
    """The verdict on the claim."""
    (found,) = report(claim, files=files, options=VerifyOptions(world)).verdicts
    return found


@pytest.mark.parametrize(
    ("claim", "outcome"),
    [
        ("policies whole and shop/web + metrics are equivalent", Outcome.PROVED),
        ("policies shop/web + metrics and whole are equivalent", Outcome.PROVED),
        ("policies whole and shop/web are equivalent", Outcome.REFUTED),
        ("policies whole and metrics are equivalent", Outcome.REFUTED),
        ("policies metrics and shop/web are equivalent", Outcome.REFUTED),
        ("policies whole and whole are equivalent", Outcome.PROVED),
        ("policies whole and whole + shop/web are equivalent", Outcome.PROVED),
        ("policies old and new are equivalent", Outcome.PROVED),
        ("policies k8s/old and k8s/new are equivalent", Outcome.PROVED),
        ("policies whole.yaml and new are equivalent", Outcome.PROVED),
        ("policies old and k8s are equivalent", Outcome.REFUTED),
        ("policy whole is redundant", Outcome.PROVED),
        ("policy whole is necessary", Outcome.REFUTED),
        ("policy shop/web is redundant", Outcome.PROVED),
        ("policy yard/web is redundant", Outcome.REFUTED),
        ("policy yard/web is necessary", Outcome.PROVED),
        ("policy new is redundant", Outcome.PROVED),
        ("policy old + new is redundant", Outcome.REFUTED),
        ("policy closed is necessary", Outcome.PROVED),
        ("policy k8s is necessary", Outcome.PROVED),
    ],
)
def test_outcome(claim: str, outcome: Outcome) -> None:
    found = verdict(claim)
    assert found.outcome is outcome
    differs = (outcome is Outcome.PROVED) is ("necessary" in claim)
    assert isinstance(found.grounds, Difference if differs else Alike)
    if isinstance(found.grounds, Difference):
        assert found.grounds.old.allowed is not found.grounds.new.allowed


def test_each_side_of_an_equivalence_is_taken_by_itself() -> None:
    """The rest of the input neither masks nor helps."""
    claim = "policies shop/web and metrics are equivalent"
    assert verdict("policy shop/web is redundant").outcome is Outcome.PROVED
    assert verdict(claim).outcome is Outcome.REFUTED


ADMIN = """
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: edge}
spec:
  priority: 5
  subject: {namespaces: {}}
  ingress:
  - {action: Deny, from: [{namespaces: {matchLabels: {zone: out}}}]}
  - {action: Allow, from: [{namespaces: {}}]}
"""


def test_a_policy_that_both_sides_have_ties_with_none() -> None:
    """Either side is by itself: the policy stands in both, and is no second one of its priority."""
    files = {"admin.yaml": ADMIN, "in.yaml": policy("in", f"[{WEB}]")}
    (found,) = report("policy shop/in is necessary", files=files).verdicts
    judged = found.judgement
    assert isinstance(judged, Proved | Refuted)
    assert judged.robustness.relevant == ()


def test_worlds() -> None:
    """No pod of the snapshot bears the label, though some other pod might."""
    files = FILES | {"k8s/pods.yaml": PODS}
    claim = "policy closed is redundant"
    assert verdict(claim, files).world is World.ANY_CLUSTER
    assert verdict(claim, files).outcome is Outcome.REFUTED
    assert verdict(claim, files, World.ANY_PODS).outcome is Outcome.REFUTED
    found = verdict(claim, files, World.SNAPSHOT)
    assert (found.outcome, found.world) == (Outcome.PROVED, World.SNAPSHOT)
    assert "for the pods of the input" in found.reading


def test_a_claim_may_choose_its_world() -> None:
    files = FILES | {"k8s/pods.yaml": PODS}
    text = "claims: [{claim: policy closed is redundant, world: snapshot}]"
    found = verify(load_texts(files), statements_of([read_spec("spec.yaml", text)], []))
    assert found.verdicts[0].world is World.SNAPSHOT
    assert found.verdicts[0].outcome is Outcome.PROVED


def test_policy_sets_of_a_spec() -> None:
    text = """
policies:
  before: [old]
  after: [shop/web, metrics]
claims:
  - policies before and after are equivalent
  - policy before + after is necessary
"""
    found = verify(load_texts(FILES), statements_of([read_spec("spec.yaml", text)], []))
    assert [one.outcome for one in found.verdicts] == [Outcome.PROVED, Outcome.PROVED]


def refused(claim: str, files: Mapping[str, str] = FILES) -> str:
    """The only problem, in words."""
    with pytest.raises(InputError) as caught:
        report(claim, files=files)
    (problem,) = caught.value.problems
    return str(problem)


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("policy wohle is redundant", ["`wohle` names no policy", "did you mean `whole`?"]),
        ("policy shop/metrisc is redundant", ["did you mean `shop/metrics`?"]),
        ("policy yard/metrics is redundant", ["`yard/metrics` names no policy"]),
        ("policies otter and whole are equivalent", ["did you mean `other`?"]),
        ("policy Whole is redundant", ["did you mean `whole`?"]),
        ("policies whole and new + nothing-of-the-kind are equivalent", ["nothing-of-the-kind"]),
        ("policy web is redundant", ["`web` names 2 policies: shop/web, yard/web", "namespace"]),
    ],
)
def test_names_that_say_nothing_or_too_much(claim: str, words: list[str]) -> None:
    found = refused(claim)
    assert all(word in found for word in words), found


def test_a_name_of_a_policy_and_of_a_folder() -> None:
    """Which one is meant decides the verdict, so neither is chosen."""
    files = {"web/a.yaml": policy("web", f"[{WEB}]"), "web/b.yaml": policy("closed", "[]")}
    assert "is the policy shop/web, and also a file or folder" in refused(
        "policy web is redundant", files
    )
    assert verdict("policy shop/web is necessary", files).outcome is Outcome.PROVED
    alone = {"web/a.yaml": policy("web", f"[{WEB}]"), "b.yaml": policy("closed", "[]")}
    assert verdict("policy web is necessary", alone).outcome is Outcome.PROVED


def test_every_problem_is_told_at_once_and_nothing_decided() -> None:
    with pytest.raises(InputError) as caught:
        report("policy one is redundant", "policies two and three are equivalent")
    assert len(caught.value.problems) == 3


def test_json_carries_the_difference() -> None:
    found = to_data(report("policies whole and metrics are equivalent"))
    data = checked(json.dumps(found))
    (claim,) = data["claims"]
    assert (claim["verdict"], claim["world"]) == ("REFUTED", "any-cluster")
    difference = claim["difference"]
    assert difference["change"] == "removed"
    assert difference["destination"]["labels"] == {"app": "db"}
    assert difference["protocol"] == "TCP"


def test_text_shows_both_decisions_with_their_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    claim = "policies whole and metrics are equivalent"
    assert main(["verify", str(tmp_path), "--claim", claim]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("REFUTED")
    assert "whole.yaml:4" in printed
    assert "metrics.yaml:3" in printed
    assert main(["verify", str(tmp_path), "--claim", "policy whole is redundant"]) == 0
    assert main(["verify", str(tmp_path), "--claim", "policy hole is redundant"]) == 2
    assert "did you mean `whole`?" in capsys.readouterr().err


def test_a_limit_leaves_it_open() -> None:
    options = VerifyOptions(limits=Limits(rlimit=1))
    found = report(
        "policies whole and new are equivalent", "policy closed is necessary", options=options
    )
    assert [one.outcome for one in found.verdicts] == [Outcome.PROVED, Outcome.UNKNOWN]
    left_open = found.verdicts[1].judgement
    assert isinstance(left_open, Unknown)
    assert "limit" in left_open.because
