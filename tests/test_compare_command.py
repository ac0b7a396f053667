"""`netproof compare`: exit codes, what cannot be compared, limits."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from tests.schema_check import checked

from netproof.cli import main
from netproof.comparison.policies import CompareOptions, compare
from netproof.comparisons import Change, Comparison, Relation
from netproof.exits import Exit, exit_of_comparison
from netproof.solving import Answer, Limits, Session
from netproof_specs.assumptions import DEFAULTS
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Policy
from netproof_specs.worlds import World


def policy(rules: str, name: str = "db") -> str:
    """A policy on the ingress of the databases."""
    return (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: {name}, namespace: shop}}\n"
        f"spec: {{podSelector: {{matchLabels: {{app: db}}}}, ingress: {rules}}}\n"
    )


P80, P81 = "{ports: [{port: 80}]}", "{ports: [{port: 81}]}"
FILES = {
    "both.yaml": policy(f"[{P80}, {P81}]"),
    "again.yaml": policy(f"[{P81}]") + "---\n" + policy(f"[{P80}]", "more"),
    "one.yaml": policy(f"[{P80}]"),
    "other.yaml": policy(f"[{P81}]"),
    "open.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n",
    "calico.yaml": (
        "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\n"
        "metadata: {name: early}\n"
        "spec: {preDNAT: true, applyOnForward: true, ingress: [{action: Deny}]}\n"
        "---\napiVersion: projectcalico.org/v3\nkind: HostEndpoint\n"
        "metadata: {name: h}\nspec: {node: node-1, interfaceName: '*'}\n"
    ),
    "cilium.yaml": (
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
        "metadata: {name: a}\nspec: {priority: 5, subject: {namespaces: {}}}\n"
    ),
    "old-version.yaml": policy("[]").replace("networking.k8s.io/v1", "extensions/v1beta1"),
    "broken.yaml": "a: [",
    "web-a.yaml": "{apiVersion: v1, kind: Pod, metadata: {name: w, namespace: shop}}",
    "web-b.yaml": (
        "{apiVersion: v1, kind: Pod, metadata: {name: w, namespace: shop, labels: {app: db}}}"
    ),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files, in the current folder."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("sides", "relation", "met"),
    [
        ("both again", "EQUIVALENT", {"equivalent", "narrower-or-equal", "wider-or-equal"}),
        ("both both", "EQUIVALENT", {"equivalent", "narrower-or-equal", "wider-or-equal"}),
        ("both one", "NARROWER", {"narrower-or-equal"}),
        ("one both", "WIDER", {"wider-or-equal"}),
        ("one other", "INCOMPARABLE", set()),
        ("one open", "WIDER", {"wider-or-equal"}),
        ("open one", "NARROWER", {"narrower-or-equal"}),
    ],
)
@pytest.mark.parametrize("expected", ["equivalent", "narrower-or-equal", "wider-or-equal"])
def test_exit_codes(
    sides: str,
    relation: str,
    met: set[str],
    expected: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    old, new = (f"{side}.yaml" for side in sides.split())
    arguments = ["compare", old, new, "--expect", expected, "--output", "json"]
    assert main(arguments) == (0 if expected in met else 1)
    data = checked(capsys.readouterr().out, "compare")
    assert data["verdict"] == relation
    assert data["met"] is (expected in met)
    assert data["regionsComplete"] is True


def test_equivalence_is_what_is_expected_by_default() -> None:
    assert main(["compare", "both.yaml", "again.yaml"]) == 0
    assert main(["compare", "both.yaml", "one.yaml"]) == 1


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("calico.yaml", "`preDNAT` is not modelled for the host endpoint `h`"),
        ("cilium.yaml", "CiliumNetworkPolicy"),
        ("old-version.yaml", "extensions/v1beta1"),
        ("broken.yaml", "broken.yaml"),
        ("nowhere.yaml", "nowhere.yaml"),
        ("git:nowhere:k8s", "git:nowhere:k8s"),
    ],
)
def test_what_cannot_be_compared(bad: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """On either side and as context: an input error that names it, never a verdict."""
    for sides in (
        [bad, "one.yaml"],
        ["one.yaml", bad],
        [bad, bad],
        ["one.yaml", "one.yaml", "--context", bad],
    ):
        assert main(["compare", *sides]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert words in printed.err
        assert "Traceback" not in printed.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["one.yaml"],
        ["one.yaml", "both.yaml", "other.yaml"],
        ["one.yaml", "both.yaml", "--expect", "narrower"],
        ["one.yaml", "both.yaml", "--world", "mine"],
        ["one.yaml", "both.yaml", "--max-regions", "0"],
        ["one.yaml", "both.yaml", "--assume", "nothing=yes"],
        ["-", "-"],
    ],
)
def test_usage_errors(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *arguments]) == 2
    assert capsys.readouterr().out == ""


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    for sides, code in ((["-", "one.yaml"], 1), (["both.yaml", "-"], 0)):
        piped = io.TextIOWrapper(io.BytesIO(FILES["again.yaml"].encode()))
        monkeypatch.setattr(sys, "stdin", piped)
        assert main(["compare", *sides]) == code


@pytest.mark.parametrize(("world", "code"), [("snapshot", 2), ("any-pods", 0), ("any-cluster", 0)])
def test_contexts_that_differ(
    world: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One pod with two sets of labels is no common ground for a comparison of pods."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for file in ("one.yaml", f"web-{name}.yaml"):
            (tmp_path / name / file).write_text(FILES[file], encoding="utf-8")
    assert main(["compare", "a", "b", "--world", world]) == code
    if code == 2:
        assert "differs from the one at a/web-a.yaml:1" in capsys.readouterr().err


def test_the_context_makes_the_snapshot() -> None:
    """Without a pod to select, two policies are alike; the context holds one."""
    arguments = ["compare", "one.yaml", "both.yaml", "--world", "snapshot"]
    assert main([*arguments, "--context", "web-a.yaml"]) == 0
    assert main([*arguments, "--context", "web-b.yaml"]) == 1


def test_max_regions(capsys: pytest.CaptureFixture[str]) -> None:
    rules = ", ".join(f"{{ports: [{{port: {port}}}]}}" for port in range(100, 110, 2))
    Path("many.yaml").write_text(policy(f"[{P80}, {rules}]"), encoding="utf-8")
    for limit, complete in (("4", False), ("5", True)):
        arguments = ["compare", "one.yaml", "many.yaml", "--max-regions", limit]
        assert main([*arguments, "--output", "json"]) == 1
        data = checked(capsys.readouterr().out, "compare")
        assert (len(data["regions"]), data["regionsComplete"]) == (int(limit), complete)
        assert main(arguments) == 1
        assert ("the list is cut" in capsys.readouterr().out) is not complete


def policies(name: str) -> tuple[Policy, ...]:
    """The policies of a file."""
    return load_texts({name: FILES[name]}).cluster.policies


SPLIT = policy("[{ports: [{port: 80, endPort: 90}]}]")
PEERS = policy(
    "[{from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [a, b]}]}}]}]"
)
HALVES = policy(
    "[{from: [{podSelector: {matchLabels: {app: a}}}, {podSelector: {matchLabels: {app: b}}}]}]"
)
"""The same pods, written otherwise: only a solver sees it."""
WORK = [1, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000]


def solved(old: str, new: str, limits: Limits, world: World) -> Comparison:
    """The comparison of two texts within limits."""
    before, after = (load_texts({"a.yaml": text}).cluster.policies for text in (old, new))
    return compare(before, after, options=CompareOptions(world, limits=limits))


@pytest.mark.parametrize("world", [World.ANY_CLUSTER, World.ANY_PODS], ids=lambda w: w.value)
def test_a_limit_gives_unknown_or_the_truth(world: World) -> None:
    """Whatever the limit, no relation is claimed that does not hold, nor a region."""
    pairs = {
        Relation.EQUIVALENT: (PEERS, HALVES),
        Relation.NARROWER: (SPLIT, FILES["one.yaml"]),
        Relation.INCOMPARABLE: (SPLIT, policy("[{ports: [{port: 85, endPort: 99}]}]")),
    }
    for truth, (old, new) in pairs.items():
        found = [solved(old, new, Limits(rlimit=work), world) for work in WORK]
        relations = [one.relation for one in found]
        assert set(relations) == {Relation.UNKNOWN, truth}
        assert relations[0] is Relation.UNKNOWN
        whole = solved(old, new, Limits(), world)
        changes = {one.change for one in whole.counterexamples}
        for one in found:
            assert {each.change for each in one.counterexamples} <= changes
            assert {each.change for each in one.regions} <= changes
            if one.relation is Relation.UNKNOWN:
                assert "limit" in one.unknown_because
                assert not one.regions_complete


def test_what_the_solver_need_not_see_has_no_limit() -> None:
    found = solved(FILES["both.yaml"], FILES["again.yaml"], Limits(rlimit=1), World.ANY_CLUSTER)
    assert found.relation is Relation.EQUIVALENT


def test_a_limit_while_a_region_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection that was found stands, though nothing is said around it."""
    ask = Session.check

    def tired(session: Session, assumed: list[str]) -> Answer:
        if "goal.missed" in assumed:
            session._unknown_because = "the limit was reached"
            return Answer.UNKNOWN
        return ask(session, assumed)

    monkeypatch.setattr(Session, "check", tired)
    found = compare(policies("one.yaml"), policies("both.yaml"))
    assert found.relation is Relation.WIDER
    assert [one.change for one in found.counterexamples] == [Change.ADDED]
    assert found.regions == ()
    assert not found.regions_complete
    assert found.unknown_because == "the limit was reached"


def test_an_unknown_comparison_ends_in_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Session, "check", lambda *_: Answer.UNKNOWN)
    for expected in ("equivalent", "narrower-or-equal", "wider-or-equal"):
        arguments = ["compare", "one.yaml", "both.yaml", "--expect", expected, "--output", "json"]
        assert main(arguments) == 3
        data = checked(capsys.readouterr().out, "compare")
        assert (data["verdict"], data["met"]) == ("UNKNOWN", False)


def test_a_change_that_is_ruled_out_refutes_the_expectation() -> None:
    """Though it is not known whether the other change occurs as well."""
    (added,) = compare(policies("one.yaml"), policies("both.yaml")).counterexamples
    half = Comparison(Relation.UNKNOWN, World.ANY_CLUSTER, DEFAULTS, (added,))
    assert exit_of_comparison(half, "equivalent") is Exit.REFUTED
    assert exit_of_comparison(half, "narrower-or-equal") is Exit.REFUTED
    assert exit_of_comparison(half, "wider-or-equal") is Exit.UNKNOWN


def test_a_tiny_timeout(capsys: pytest.CaptureFixture[str]) -> None:
    """A wall clock decides nothing, so either answer may come, but not a wrong one."""
    code = main(["compare", "one.yaml", "both.yaml", "--timeout", "0.000001", "--output", "json"])
    data = json.loads(capsys.readouterr().out)
    assert (code, data["verdict"]) in {(3, "UNKNOWN"), (1, "UNKNOWN"), (1, "WIDER")}


@pytest.mark.parametrize(
    ("command", "world"),
    [
        ("verify", "snapshot where the input has workloads, else any-pods"),
        ("compare", "any-cluster"),
    ],
)
def test_help_tells_the_default_world(
    command: str, world: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--help"]) == 0
    shown = "".join(capsys.readouterr().out.split())
    assert f"[default: {world}]".replace(" ", "") in shown
