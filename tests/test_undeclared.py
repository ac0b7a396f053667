"""What decisions take as given of objects that the input does not declare is told, in every format.

A service account without an object counts as one without labels (D.15), and a namespace as one
with its automatic label alone (A.52).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from netproof import CompareOptions, claims, compare, load_texts, verify
from netproof.cli import main
from netproof.comparison.connectivity import compare_connectivity
from netproof.lint.running import lint
from netproof.reports.formats import COMPARE_FORMATS, CONNECTIVITY_FORMATS, VERIFY_FORMATS
from netproof.verified import VerifyOptions
from netproof.verifying.undeclared import UNDECLARED_ACCOUNT, UNDECLARED_NAMESPACE
from netproof.workspace.state import Workspace
from netproof_specs.loading import Loaded
from netproof_specs.worlds import World

GLOBAL = """\
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: g}
spec:
"""
BY_LABEL = (
    GLOBAL
    + """\
  selector: app == 'db'
  ingress: [{action: Allow, source: {serviceAccounts: {selector: role == 'ops'}}}]
"""
)
TO_ALL = GLOBAL + "  selector: all()\n  ingress: [{action: Allow}]\n"
PODS = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {serviceAccountName: web, containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c}]}
"""
ACCOUNT = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {}, namespace: shop}}\n"
WEB, DEFAULT = ACCOUNT.format("web"), ACCOUNT.format("default")
BOTH = "the input does not declare `shop/default` and 1 more, which pods run as: in the snapshot "
ONE = "the input does not declare `shop/{}`, which pods run as: in the snapshot "
FORMATS = {
    "lint": ("text", "json", "yaml", "sarif", "markdown", "html", "gitlab", "github"),
    "connections": ("text", "json", "yaml", "markdown", "dot", "html"),
    "explain": ("text", "json", "yaml"),
}


def loaded_of(policies: str = BY_LABEL, pods: str = PODS) -> Loaded:
    return load_texts({"policies.yaml": policies, "pods.yaml": pods})


def told(loaded: Loaded, code: str = UNDECLARED_ACCOUNT) -> list[str]:
    """What is said of accounts, or of namespaces, that are not declared."""
    return [one.message for one in loaded.notes if one.code == code]


@dataclass(frozen=True, slots=True)
class Row:
    """An input, and what is said of its accounts; nothing if that is empty."""

    policies: str = BY_LABEL
    pods: str = PODS
    says: str = ""


def selected_by(text: str) -> str:
    return GLOBAL + f"  {text}\n  ingress: [{{action: Allow}}]\n"


ROWS = {
    "both": Row(says=BOTH + "they count as having no labels"),
    "one": Row(pods=PODS + WEB, says=ONE.format("default") + "it counts as having no labels"),
    "the other": Row(pods=PODS + DEFAULT, says=ONE.format("web") + "it counts as having no labels"),
    "all declared": Row(pods=PODS + WEB + DEFAULT),
    "an account of that name elsewhere": Row(
        pods=PODS + WEB + DEFAULT.replace("shop", "other"), says=ONE.format("default")
    ),
    "nobody asks": Row(TO_ALL),
    "by name": Row(BY_LABEL.replace("selector: role == 'ops'", "names: [web]")),
    "by a name that labels have": Row(
        selected_by("selector: pcsa.projectcalico.org/name == 'web'")
    ),
    "any account": Row(selected_by("serviceAccountSelector: all()")),
    "the subject": Row(selected_by("serviceAccountSelector: has(role)"), says=BOTH),
    "the subject, not": Row(selected_by("serviceAccountSelector: '!has(role)'"), says=BOTH),
    "an inherited label": Row(selected_by("selector: pcsa.role == 'ops'"), says=BOTH),
    "a part of an inherited label": Row(
        selected_by("selector: pcsa.role starts with 'o'"), says=BOTH
    ),
    "an own label of a like name": Row(selected_by("selector: role == 'ops'")),
    "a name too long to hand on labels": Row(
        pods=PODS.replace("serviceAccountName: web", "serviceAccountName: " + "a" * 64) + DEFAULT
    ),
    "no pods": Row(pods="apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_what_is_said_of_accounts_that_are_not_declared(row: Row) -> None:
    """D.15: a policy asks for labels, and a pod runs as an account whose labels are not known."""
    loaded = loaded_of(row.policies, row.pods)
    asked = claims(["anything may reach anything"])
    report = verify(loaded, asked, VerifyOptions(World.SNAPSHOT))
    messages = told(report.loaded)
    assert len(messages) == bool(row.says)
    assert all(row.says in one for one in messages)
    assert told(lint(loaded).loaded) == messages


def test_open_worlds_rest_on_it_only_where_they_speak_of_the_input() -> None:
    """Pods of open worlds run as any account, so only `in the input` rests on those of pods."""
    options = VerifyOptions(World.ANY_PODS)
    proved, refuted = (
        verify(loaded_of(), [claim], options)
        for claim in claims(
            [
                "pods(app=web) can reach pods(app=web) on TCP/80",
                "pods(app=web) cannot reach pods(app=db)",
            ]
        )
    )
    assert not told(proved.loaded)
    assert told(refuted.loaded)


def test_the_place_is_that_of_the_first_pod_that_runs_as_it() -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": []}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "shop"}}
    pod["spec"] = {"containers": [{"name": "c"}]}  # type: ignore[assignment]
    listed["items"] = [pod]
    texts = {"policies.yaml": BY_LABEL, "pods.json": json.dumps(listed, indent=1)}
    report = verify(load_texts(texts), claims(["anything may reach anything"]))
    (note,) = (one for one in report.loaded.notes if one.code == UNDECLARED_ACCOUNT)
    assert note.where is not None
    assert (note.where.file, note.where.line > 1) == ("pods.json", True)


def test_comparisons_say_it_of_each_side() -> None:
    """Either side's policies can ask, in the snapshot; what a side lacks is said of that side."""
    old, new = loaded_of(), loaded_of(TO_ALL)
    snapshot = CompareOptions(World.SNAPSHOT)
    for one in (compare(old, new, snapshot), compare(new, old, snapshot)):
        assert (len(told(one.old)), len(told(one.new))) == (1, 1)
    assert not told(compare(old, old).old)
    assert told(compare(old, new).old), "its examples are looked for among the pods of the input"
    by_connection = compare_connectivity(old, new)
    assert (len(told(by_connection.old)), len(told(by_connection.new))) == (1, 0)


@pytest.mark.parametrize("name", VERIFY_FORMATS)
def test_every_format_of_verify_says_it(name: str) -> None:
    report = verify(loaded_of(), claims(["anything may reach anything"]))
    assert "not declare" in VERIFY_FORMATS[name](report)


@pytest.mark.parametrize("name", COMPARE_FORMATS)
def test_every_format_of_compare_says_it(name: str) -> None:
    old, new = loaded_of(), loaded_of(TO_ALL)
    assert "not declare" in COMPARE_FORMATS[name](compare(old, new, CompareOptions(World.SNAPSHOT)))
    assert "not declare" in CONNECTIVITY_FORMATS[name](compare_connectivity(old, new))


@pytest.mark.parametrize(
    ("command", "name"), [(command, name) for command, each in FORMATS.items() for name in each]
)
def test_every_format_of_the_other_commands_says_it(
    command: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "input.yaml").write_text(f"{BY_LABEL}---\n{PODS}")
    ends = ["--from", "shop/web", "--to", "shop/db", "--on", "TCP/80"]
    asked = [command, str(tmp_path), "--output", name, *(ends if command == "explain" else ())]
    main(asked)
    assert "not declare" in capsys.readouterr().out


def test_an_explanation_says_it_of_its_own_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "input.yaml").write_text(f"{BY_LABEL}---\n{PODS}{DEFAULT}")
    for source, says in (("shop/web", True), ("198.51.100.7", False)):
        main(["explain", str(tmp_path), "--from", source, "--to", "shop/db", "--on", "TCP/80"])
        assert ("not declare" in capsys.readouterr().out) == says


def test_a_workspace_says_it_until_the_account_is_declared() -> None:
    workspace = Workspace()
    workspace.update({"policies.yaml": BY_LABEL, "pods.yaml": PODS})
    asked = claims(["anything may reach anything"])
    assert told(workspace.verify(asked).loaded)
    workspace.update({"accounts.yaml": WEB + DEFAULT})
    assert not told(workspace.verify(asked).loaded)


# --- namespaces -------------------------------------------------------------------------------

SPACE = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
MORE = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: other}\n"
PEER = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {KEY: shop}}}]}]}
"""
BY_SPACE = PEER.replace("KEY", "team")
NAMED = PEER.replace("KEY", "kubernetes.io/metadata.name")
ANY = "anything may reach anything"


@pytest.mark.parametrize(
    ("policies", "pods", "claim", "says"),
    [
        (BY_SPACE, PODS, ANY, "declare `shop`, where pods run: in the snapshot it has no label"),
        (BY_SPACE, PODS + MORE, ANY, "`other` and 1 more, where pods run: in the snapshot they"),
        (BY_SPACE, PODS + SPACE + MORE, ANY, "`other`, where"),
        (BY_SPACE, PODS + SPACE, ANY, ""),
        (NAMED, PODS, ANY, ""),
        (NAMED, PODS, "ns(team=a) cannot reach ns:shop", "`shop`, where"),
        (NAMED, PODS, "ns:shop may reach ns:shop", ""),
        (selected_by("selector: pcns.team == 'a'"), PODS, ANY, "`shop`, where"),
        (selected_by("namespaceSelector: has(team)"), PODS, ANY, "`shop`, where"),
        (selected_by("selector: all()"), PODS, ANY, ""),
    ],
)
def test_what_is_said_of_namespaces_that_are_not_declared(
    policies: str, pods: str, claim: str, says: str
) -> None:
    """A.52: iff a selector asks for labels but for the name, and pods are in such a namespace."""
    loaded = loaded_of(policies, pods)
    report = verify(loaded, claims([claim]), VerifyOptions(World.SNAPSHOT))
    messages = told(report.loaded, UNDECLARED_NAMESPACE)
    assert len(messages) == bool(says)
    assert all(says in one for one in messages)
    if "ns(" not in claim:
        assert told(lint(loaded).loaded, UNDECLARED_NAMESPACE) == messages
    proved = verify(
        loaded, claims(["shop/web can reach external on TCP/80"]), VerifyOptions(World.SNAPSHOT)
    )
    assert len(told(proved.loaded, UNDECLARED_NAMESPACE)) == bool(says and "ns(" not in claim)
    free = verify(loaded, claims(["external cannot reach external"]), VerifyOptions(World.ANY_PODS))
    assert not told(free.loaded, UNDECLARED_NAMESPACE)


def test_a_comparison_has_the_namespaces_of_both_sides() -> None:
    """Policies are compared over one cluster, connectivity over that of each side."""
    old, new = loaded_of(BY_SPACE), loaded_of(BY_SPACE, PODS + SPACE)
    bare = compare(old, old, CompareOptions(World.SNAPSHOT))
    shared = compare(old, new, CompareOptions(World.SNAPSHOT))
    apart = compare_connectivity(old, new)
    found = [
        [len(told(side, UNDECLARED_NAMESPACE)) for side in (one.old, one.new)]
        for one in (bare, shared, apart)
    ]
    assert found == [[1, 1], [0, 0], [1, 0]]


def test_an_explanation_and_a_map_say_it_of_namespaces(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "input.yaml").write_text(f"{BY_SPACE}---\n{PODS}")
    main(["explain", str(tmp_path), "--from", "shop/web", "--to", "shop/db", "--on", "TCP/80"])
    assert "declare `shop`" in capsys.readouterr().out
    (tmp_path / "input.yaml").write_text(f"{NAMED}---\n{PODS}")
    for asked, says in (([], False), (["--from", "ns(team=a)"], True)):
        main(["connections", str(tmp_path), *asked])
        assert ("declare `shop`" in capsys.readouterr().out) == says


def test_a_bundle_comes_out_again_with_what_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, policies in (("old.yaml", BY_LABEL), ("new.yaml", TO_ALL)):
        Path(name).write_text(f"{policies}---\n{PODS}")
    asked = ["verify", "old.yaml", "--claim", "shop/web cannot reach shop/db"]
    for words in (asked, ["compare", "old.yaml", "new.yaml", "--world", "snapshot"]):
        assert main([*words, "--bundle", "b.zip"]) in {0, 1}
        assert "not declare" in capsys.readouterr().out
        assert main(["recheck", "b.zip"]) == 0, capsys.readouterr().out
        capsys.readouterr()
