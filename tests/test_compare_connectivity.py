"""`netproof compare --what connectivity`, and what a comparison of policies says of the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.reporting import HOSTILE, PODS, POLICY
from tests.schema_check import checked
from tests.test_reports_github import commands
from tests.test_reports_junit import suite_of
from tests.test_reports_markdown import TAGS, Page
from tests.test_reports_sarif import run_of

from netproof import compare_connectivity, load_texts, to_json
from netproof.cli import main
from netproof.comparison.connectivity import ConnectivityReport
from netproof.reports.formats import COMPARE_FORMATS, CONNECTIVITY_FORMATS

ALL = f"{PODS}---\n{POLICY}"
NEW_POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: new, namespace: shop}\n"
RELABELLED = ALL.replace(
    "name: web, namespace: shop, labels: {app: web}",
    "name: web, namespace: shop, labels: {app: www}",
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sides(old: str, new: str) -> tuple[str, str]:
    """Two folders with a file each."""
    for name, text in (("old", old), ("new", new)):
        Path(name).mkdir(exist_ok=True)
        Path(name, "all.yaml").write_text(text)
    return "old", "new"


CONNECTIVITY = ("--what", "connectivity")


def data_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    main(["compare", *arguments, *CONNECTIVITY, "--output", "json"])
    return checked(capsys.readouterr().out, "connectivity")


@pytest.mark.parametrize(
    ("new", "verdict", "codes"),
    [
        (ALL, "EQUIVALENT", {"equivalent": 0, "narrower-or-equal": 0, "wider-or-equal": 0}),
        (RELABELLED, "NARROWER", {"equivalent": 1, "narrower-or-equal": 0, "wider-or-equal": 1}),
        (
            f"{ALL}---\n{NEW_POD}",
            "WIDER",
            {"equivalent": 1, "narrower-or-equal": 1, "wider-or-equal": 0},
        ),
        (
            f"{RELABELLED}---\n{NEW_POD}",
            "INCOMPARABLE",
            {"equivalent": 1, "narrower-or-equal": 1, "wider-or-equal": 1},
        ),
    ],
)
def test_verdicts_and_exit_codes(
    new: str, verdict: str, codes: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    paths = sides(ALL, new)
    for expectation, code in codes.items():
        assert main(["compare", *paths, *CONNECTIVITY, "--expect", expectation]) == code
        assert capsys.readouterr().out.startswith(f"{verdict:<12} ")
    found = data_of(capsys, *paths)
    assert (found["verdict"], found["what"]) == (verdict, "connectivity")


def test_a_relabelled_pod(capsys: pytest.CaptureFixture[str]) -> None:
    """The README's pull request: the policies are the same, and the database is cut off."""
    paths = sides(ALL, RELABELLED)
    found = data_of(capsys, *paths)
    (group,) = found["changes"]
    assert (group["change"], group["text"]) == ("removed", "shop/web  ->  shop/db  TCP 5432")
    (sample,) = found["samples"]
    assert (sample["old"]["allowed"], sample["new"]["allowed"]) == (True, False)
    assert sample["old"]["ingress"]["rule"]["policy"] == "shop/to-db"
    assert found["objects"] == [
        {
            "change": "changed",
            "kind": "Pod",
            "namespace": "shop",
            "name": "web",
            "differing": ["labels"],
        }
    ]


def test_policies_only_says_what_it_did_not_look_at(capsys: pytest.CaptureFixture[str]) -> None:
    paths = sides(ALL, f"{RELABELLED}---\n{NEW_POD}")
    said = (
        "policies only; these objects differ: Pod shop/new (added); Pod shop/web (changed: labels)"
    )
    for form in COMPARE_FORMATS:
        assert main(["compare", *paths, "--output", form]) == 0
        text = capsys.readouterr().out
        if form in {"json", "yaml", "gitlab"}:  # the last has room for findings only
            continue
        shown = " ".join(Page(text).shown) if form == "markdown" else text.replace("%3A", ":")
        assert said in shown, form
        # Formats that only tell what failed say it of the run.
        said_first = Page(text).plain if form == "markdown" else shown
        if form not in {"code-scanning", "junit"}:
            assert "policies only: 2 other objects changed" in said_first, form
    main(["compare", *paths, "--output", "json"])
    found = checked(capsys.readouterr().out, "compare")
    assert [(one["name"], one["change"]) for one in found["objects"]] == [
        ("new", "added"),
        ("web", "changed"),
    ]


def test_no_remark_where_only_policies_differ(capsys: pytest.CaptureFixture[str]) -> None:
    paths = sides(ALL, ALL.replace("5432", "5433"))
    main(["compare", *paths])
    text = capsys.readouterr().out
    assert "  compared        policies only\n" in text
    assert "objects" not in text


NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: %s}}\n---\n"
DEPLOYMENT = """\
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: one, namespace: shop}
spec: {replicas: %d, selector: {matchLabels: {app: one}},
  template: {metadata: {labels: {app: one}}, spec: {containers: []}}}
"""


NODE = """\
---
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 192.0.2.%d}]}
---
apiVersion: v1
kind: Pod
metadata: {name: on-it, namespace: shop}
spec: {nodeName: n1, %s}
status: {%s}
"""
MOVED = "Node n1 (changed: addresses)"
HOST_NETWORK = ("hostNetwork: true", "")
HOST_IP = ("", "hostIP: 192.0.2.9")
DONE = "phase: Succeeded"
COMPLETED = "Pod shop/on-it (changed: running)"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (ALL + NODE % (1, "", ""), ALL + NODE % (2, "", ""), MOVED),
        (ALL + NODE % (1, *HOST_NETWORK), ALL + NODE % (2, *HOST_NETWORK), MOVED),
        (
            ALL + NODE % (1, "", ""),
            ALL + NODE % (1, *HOST_IP),
            "Pod shop/on-it (changed: node_addresses)",
        ),
        *(
            (ALL + NODE % (1, network, ""), ALL + NODE % (1, network, DONE), COMPLETED)
            for network in ("", HOST_NETWORK[0])
        ),
        (NAMESPACE % "a" + ALL, NAMESPACE % "b" + ALL, "Namespace shop (changed: labels)"),
        (ALL, NAMESPACE % "b" + ALL, "Namespace shop (added)"),
        (ALL + DEPLOYMENT % 1, ALL, "Deployment shop/one (removed)"),
        (ALL + DEPLOYMENT % 1, ALL + DEPLOYMENT % 3, "Deployment shop/one (changed: replicas)"),
        (ALL + DEPLOYMENT % 1, ALL + DEPLOYMENT % 0, "Deployment shop/one (changed: running)"),
    ],
)
def test_objects(old: str, new: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["compare", *sides(old, new)])
    assert f"policies only; this object differs: {said}\n" in capsys.readouterr().out


@pytest.mark.parametrize("network", ["", "hostNetwork: true"])
def test_a_node_that_moved_is_no_other_pod(
    network: str, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = sides(*(ALL + NODE % (last, network, "") for last in (1, 2)))
    assert main(["compare", *paths, "--world", "snapshot"]) == 2
    said = capsys.readouterr().err
    assert "Node `n1` differs from the one at" in said
    assert "1 error; nothing was decided" in said


@pytest.mark.parametrize("what", ["policies", "connectivity"])
@pytest.mark.parametrize("other", ["old", "./old", "old/../old/"])
def test_one_path_twice(what: str, other: str, capsys: pytest.CaptureFixture[str]) -> None:
    sides(ALL, ALL)
    assert main(["compare", "old", other, "--what", what]) == 0
    text = capsys.readouterr().out
    assert "new note: OLD and NEW are the same path, so there is nothing to find\n" in text
    main(["compare", "old", "new", "--what", what])
    assert "the same path" not in capsys.readouterr().out


def test_a_world_does_not_go_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    paths = sides(ALL, ALL)
    assert main(["compare", *paths, *CONNECTIVITY, "--world", "any-pods"]) == 2
    assert "--world any-pods does not go with it" in capsys.readouterr().err
    assert main(["compare", *paths, *CONNECTIVITY, "--world", "snapshot"]) == 0


HASHED = "podSelector: {matchLabels: {pod-template-hash: x}"


def test_it_makes_no_bundle(capsys: pytest.CaptureFixture[str]) -> None:
    paths = sides(ALL, ALL)
    assert main(["compare", *paths, *CONNECTIVITY, "--bundle", "old.zip"]) == 2
    assert "makes no bundle of evidence" in capsys.readouterr().err


def test_labels_that_are_not_known_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    text = (ALL + DEPLOYMENT % 2).replace("podSelector: {matchLabels: {app: db}", HASHED)
    assert main(["compare", *sides(ALL, text), *CONNECTIVITY]) == 2
    assert "pod-template-hash" in capsys.readouterr().err


def report(old: str = ALL, new: str = f"{RELABELLED}---\n{NEW_POD}") -> ConnectivityReport:
    return compare_connectivity(load_texts({"old.yaml": old}), load_texts({"new.yaml": new}))


def test_formats() -> None:
    assert list(CONNECTIVITY_FORMATS) == list(COMPARE_FORMATS)
    found = report()
    data = json.loads(to_json(found))
    groups = [one["text"] for one in data["changes"]]
    assert len(groups) == len(found.shifts) == 5
    text = CONNECTIVITY_FORMATS["text"](found)
    for one in groups:
        assert f" {one}\n" in text
    run = run_of(CONNECTIVITY_FORMATS["sarif"](found))
    assert [one["ruleId"] for one in run["results"]].count("netproof/compare-added") == 4
    (case,) = suite_of(CONNECTIVITY_FORMATS["junit"](found)).findall("testcase")
    assert case.findall("failure")[0].attrib["type"] == "INCOMPARABLE"
    assert len(commands(CONNECTIVITY_FORMATS["github"](found))) == 6
    page = Page(CONNECTIVITY_FORMATS["markdown"](found))
    assert page.tags.count("tr") == 6


def test_what_is_as_expected_is_no_alert() -> None:
    found = report(ALL, ALL)
    (result,) = run_of(CONNECTIVITY_FORMATS["sarif"](found))["results"]
    assert (result["kind"], result["level"]) == ("pass", "none")
    assert run_of(CONNECTIVITY_FORMATS["code-scanning"](found))["results"] == []
    assert [one[0] for one in commands(CONNECTIVITY_FORMATS["github"](found))] == ["notice"]


def test_the_list_for_people_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    paths = sides(ALL, f"{RELABELLED}---\n{NEW_POD}")
    main(["compare", *paths, *CONNECTIVITY, "--max-regions", "2"])
    assert "2 more groups; JSON has all of them" in capsys.readouterr().out


def test_namespaces_are_named_as_a_whole() -> None:
    pods = "".join(
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {space}}}\n---\n"
        for space, names in (("a", ("one", "two")), ("b", ("three",)))
        for name in names
    )
    deny = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: b}
spec: {podSelector: {}}
"""
    found = report(pods, pods + deny)
    text = CONNECTIVITY_FORMATS["text"](found)
    assert "    - ns:a (all 2 workloads)  ->  b/three  all\n" in text
    text = CONNECTIVITY_FORMATS["text"](report(pods, NAMESPACE % "a"))
    assert "every workload (3)  ->  every workload (3)  all" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name: str) -> None:
    old = load_texts({f"{name}.yaml": ALL})
    found = compare_connectivity(old, load_texts({f"new/{name}": f"{RELABELLED}---\n{NEW_POD}"}))
    text = CONNECTIVITY_FORMATS["text"](found)
    assert all(ch in "\n\x1b" or ch.isprintable() for ch in text)
    run_of(CONNECTIVITY_FORMATS["sarif"](found))
    suite_of(CONNECTIVITY_FORMATS["junit"](found))
    assert set(Page(CONNECTIVITY_FORMATS["markdown"](found)).tags) <= TAGS | {"ul", "li"}
    assert len(commands(CONNECTIVITY_FORMATS["github"](found))) == 6
