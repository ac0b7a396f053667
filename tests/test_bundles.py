"""Bundles: what is in them, that two runs give one, and that nothing in them can be changed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest
from benchmarks.clusters import Size, cluster
from benchmarks.clusters import claims as benchmark_claims
from tests.profiles import repeats, some
from tests.test_second_solver import COMMANDS, EXAMPLES, arguments_of

from netproof.bundles import check
from netproof.bundles.archive import INDEX, SEAL, packed, unpacked
from netproof.bundles.evidence import Forms, Obligation, comparison_grounds
from netproof.bundles.making import plain, safe_path, seal
from netproof.bundles.runs import compare_again
from netproof.cli import main
from netproof.comparison.policies import CompareOptions
from netproof.proofs.sat import installed
from netproof.rechecking import recheck
from netproof.schemas import schema
from netproof.solving import Limits, deadline_of
from netproof_encodings.decision.conditions import End, InNamespace
from netproof_encodings.logic.scripts import Reading
from netproof_specs.loading import load_texts
from netproof_specs.locations import Location

Members = dict[str, bytes]

needs_solver = pytest.mark.skipif(not installed(), reason="python-sat is not installed")
BUNDLED = [one for one in COMMANDS if arguments_of(one)[0] in ("verify", "compare", "fleet")]

MANIFESTS = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: shop}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]
"""
SPEC = """
claims:
  - {id: only-web, claim: "only pods(app=web) in ns:shop can reach pods(app=db) in ns:shop"}
  - {id: no-other-port, claim: "anything cannot reach pods(app=db) in ns:shop on TCP/80"}
  - {id: web-open, claim: "external cannot reach pods(app=web) in ns:shop"}
  - {id: may, claim: "pods(app=web) may reach pods(app=db) on TCP/5432"}
  - {id: may-not, claim: "pods(app=web) may reach pods(app=db) on UDP/53"}
  - {id: nobody, claim: "pods(app=none) cannot reach pods(app=db)"}
  - {id: needed, claim: "policy shop/db is necessary"}
  - {id: same, claim: "policies shop/db and shop/db are equivalent"}
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small bundle with every kind of evidence."""
    folder = tmp_path_factory.mktemp("bundle")
    (folder / "cluster.yaml").write_text(MANIFESTS)
    (folder / "spec.yaml").write_text(SPEC)
    arguments = [str(folder / "cluster.yaml"), "--spec", str(folder / "spec.yaml")]
    assert main(["verify", *arguments, "--bundle", str(folder / "b.zip")]) == 1
    return (folder / "b.zip").read_bytes()


def faults(data: bytes) -> list[str]:
    """What `recheck` finds wrong."""
    return [f"{one.what}: {one.fault}" for one in recheck(data) if one.fault]


def first_fault(data: bytes) -> str:
    """The first thing that `recheck` finds wrong, empty if nothing is."""
    return next((f"{one.what}: {one.fault}" for one in recheck(data) if one.fault), "")


def by_check(path: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """What the bundle's own checker says, run by Python with its standard library alone."""
    command = [sys.executable, "-I", "-S", str(path), str(target)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.generated
@pytest.mark.parametrize(
    "command", some(BUNDLED, 15), ids=lambda one: str(one.parent.relative_to(EXAMPLES))
)
def test_examples(
    command: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An example that is decided has a bundle that is the same twice and holds throughout."""
    monkeypatch.chdir(command.parent)
    files = [tmp_path / "one.zip", tmp_path / "two.zip"]
    folder = tmp_path / "folder"
    for file in files:
        arguments = [*arguments_of(command), "--bundle", str(file), "--certificates", str(folder)]
        code = main(arguments)
    if code == 2:
        assert not any(file.exists() for file in files)
        return
    assert files[0].read_bytes() == files[1].read_bytes()
    members = unpacked(files[0].read_bytes())
    present = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.relative_to(folder).as_posix(): path.read_bytes() for path in present} == members
    check_schemas(members)
    check_legends(members)
    capsys.readouterr()
    for target in (files[0], folder):
        assert main(["recheck", str(target)]) == 0
        assert "all of it holds" in capsys.readouterr().out
    for target in (files[0], folder):
        done = by_check(folder / "check.py", target)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("CHECKED: ") == sum("proof.lrat" in name for name in members)
    if installed():
        assert "not checked" not in done.stdout


@needs_solver
@pytest.mark.parametrize(
    "size", [Size(4, 40, 8), pytest.param(Size(100, 10_000, 1_000), marks=pytest.mark.slow)]
)
def test_the_cluster_of_the_benchmarks(
    size: Size, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bundle, proofs, page and filing, all of it, on generated clusters of any size."""
    monkeypatch.chdir(tmp_path)
    Path("cluster.json").write_text(json.dumps(cluster(size)))
    until = {"until": "2099-01-01", "by": "us", "because": "not yet"}
    stated = [
        {"id": f"C{n}", "claim": text, "control": f"K-{n % 3}", "accepted": until}
        for n, text in enumerate(benchmark_claims(20))
    ]
    Path("spec.json").write_text(json.dumps({"claims": stated}))
    words = ["verify", "cluster.json", "--spec", "spec.json", "--world", "any-pods"]
    assert main([*words, "--bundle", "b.zip", "--output", "json=out.json"]) == 0
    members = unpacked(Path("b.zip").read_bytes())
    check_schemas(members)
    check_legends(members)
    report = json.loads(Path("out.json").read_text())
    assert report == json.loads(members["report.json"])
    assert sum(one["claims"] for one in report["summary"]["byControl"]) == 20
    page = members["report.html"].decode()
    assert page.count('<details class="claim ') == 20
    for one in report["claims"]:
        assert f"<b>{one['id']}</b>" in page
    Path("check.py").write_bytes(members["check.py"])
    done = by_check(Path("check.py"), Path("b.zip"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("CHECKED: ") == sum("proof.lrat" in name for name in members) > 0
    assert "not checked" not in done.stdout
    assert main(["recheck", "b.zip"]) == 0
    assert "all of it holds" in capsys.readouterr().out


SCHEMAS = {
    "index.json": "bundle",
    "legend.json": "legend",
    "forms.json": "forms",
    "connection.json": "connection",
    "connection-added.json": "connection",
    "connection-removed.json": "connection",
}


def check_schemas(members: Members) -> None:
    """Every file of JSON but for the inputs is as its schema has it."""
    for name, data in members.items():
        if name.endswith(".json") and "inputs/" not in name and "specs/" not in name:
            whole = json.loads(data)
            kind = SCHEMAS.get(name.rpartition("/")[2]) or whole["command"]
            if whole.get("kind") == "netproof-fleet-bundle":
                kind = "fleet-bundle"
            jsonschema.Draft202012Validator(schema(kind)).validate(whole)


def check_legends(members: Members) -> None:
    """Every symbol that a script declares is in its legend, with the values of every code."""
    for name in members:
        if not name.endswith("/obligation.smt2"):
            continue
        reading = Reading()
        reading.read(members[name].decode())
        whole = json.loads(members[name.replace("obligation.smt2", "legend.json")])
        jsonschema.validate(whole, schema("legend"))
        legend = whole["symbols"]
        declared = {*reading.vectors, *reading.terms.booleans}
        assert declared <= {*legend}, declared - {*legend}
        policies = [one for one in reading.names if one.endswith((".applies", ".admits"))]
        assert {*policies} <= {*legend}
        given = ("(D.42)", "(D.8, D.36)")  # what Calico decides by itself
        policies = [one for one in policies if not legend[one]["says"].endswith(given)]
        assert all("policy" in legend[one] for one in policies)
        for variable in (one for entry in legend.values() for one in entry["variables"]):
            assert variable != 0


@needs_solver
def test_every_kind_of_evidence_is_there(bundle: bytes) -> None:
    members = unpacked(bundle)
    index = json.loads(members[INDEX])
    found = {one["id"]: one for one in index["verdicts"]}
    proofs = {
        name: [part["folder"].removeprefix(f"verdicts/{name}") for part in one["obligations"]]
        for name, one in found.items()
        if all(part["proof"] for part in one["obligations"])
    }
    assert proofs == {
        "only-web": [""],
        "no-other-port": [""],
        "web-open": [],
        "may": [],
        "may-not": [""],
        "nobody": ["/empty-1"],
        "needed": [],
        "same": [],
    }
    connections = {name: one["connections"] for name, one in found.items() if one["connections"]}
    assert connections == {
        "web-open": ["verdicts/web-open/connection.json"],
        "may": ["verdicts/may/connection.json"],
        "needed": ["verdicts/needed/connection-added.json"],
    }
    assert found["same"]["forms"] == ["verdicts/same/slice-0003/forms.json"]
    forms = json.loads(members["verdicts/same/slice-0003/forms.json"])
    assert forms["old"] == forms["new"] != []
    assert members["check.py"] == Path(check.__file__).read_bytes()
    assert {*members} == {*index["members"], INDEX, SEAL}
    legend = json.loads(members["verdicts/only-web/legend.json"])["symbols"]
    assert legend["here.0"]["policy"]["policy"] == "shop/db"
    assert legend["here.0"]["policy"]["line"] == 18
    assert legend["dst.label.app"]["codes"]["2"] == "`none`"


def test_forms_tell_no_places() -> None:
    """Of equal conditions of several places, any may be the one in a set."""
    conditions = [InNamespace(End.SOURCE, "a", Location(f"{n}.yaml", n, n)) for n in (1, 2)]
    forms = [(frozenset({frozenset({one}), frozenset()}), None) for one in conditions]
    assert forms[0] == forms[1]
    found = [json.dumps(plain(form)) for form in forms]
    assert found[0] == found[1] == '[[[], [{"InNamespace": {"end": "source", "name": "a"}}]], null]'


def sealed(members: Members) -> bytes:
    """The members as an archive whose index fits them: what a forger would make."""
    index = json.loads(members[INDEX])
    index["members"] = {
        name: sha256(members[name]).hexdigest()
        for name in sorted(members)
        if name not in (INDEX, SEAL)
    }
    members[INDEX] = (json.dumps(index, indent=1) + "\n").encode()
    members[SEAL] = seal(members[INDEX])
    return packed(members)


def edited(name: str, change: Callable[[Any], None]) -> Callable[[Members], None]:
    """A change of a JSON member."""

    def apply(members: Members) -> None:
        data = json.loads(members[name])
        change(data)
        members[name] = (json.dumps(data, indent=1) + "\n").encode()

    return apply


def replaced(name: str, old: str, new: str) -> Callable[[Members], None]:
    """A change of a text."""

    def apply(members: Members) -> None:
        assert old in members[name].decode()
        members[name] = members[name].decode().replace(old, new, 1).encode()

    return apply


def exchange(names: tuple[str, ...], one: str, other: str) -> Callable[[Members], None]:
    """Two verdicts' files exchanged."""

    def apply(members: Members) -> None:
        for name in names:
            left, right = f"verdicts/{one}/{name}", f"verdicts/{other}/{name}"
            assert members[left] != members[right]
            members[left], members[right] = members[right], members[left]

    return apply


def false_obligation(members: Members) -> None:
    """A script, clauses and proof that contradict themselves, but not because of the policies."""
    folder = "verdicts/only-web"
    script = members[f"{folder}/obligation.smt2"].decode()
    members[f"{folder}/obligation.smt2"] = script.replace(
        "(check-sat)", "(assert false)\n(check-sat)"
    ).encode()
    members[f"{folder}/obligation.cnf"] = b"p cnf 1 2\n1 0\n-1 0\n"
    members[f"{folder}/proof.lrat"] = b"3 0 1 2 0\n"


def false_proof(members: Members) -> None:
    members["verdicts/only-web/obligation.cnf"] = b"p cnf 1 2\n1 0\n-1 0\n"
    members["verdicts/only-web/proof.lrat"] = b"3 0 1 2 0\n"


def dropped(name: str) -> Callable[[Members], None]:
    return lambda members: members.__delitem__(name) if name in members else None


def refute(data: Any) -> None:
    data["verdicts"][0]["verdict"] = "REFUTED"


def both_verdicts(members: Members) -> None:
    edited(INDEX, lambda index: index["verdicts"][2].update(verdict="PROVED"))(members)
    edited("report.json", lambda report: report["claims"][2].update(verdict="PROVED"))(members)


FORGERIES: dict[str, Callable[[Members], None]] = {
    "verdict": edited(INDEX, refute),
    "verdicts": both_verdicts,
    "statement": edited(INDEX, lambda one: one["verdicts"][0].update(statement="all is well")),
    "evidence": edited(INDEX, lambda one: one["verdicts"][2]["connections"].clear()),
    "unproved": edited(INDEX, lambda one: one["verdicts"][0]["obligations"].clear()),
    "world": edited(INDEX, lambda one: one["options"].update(world="any-cluster")),
    "assumption": edited(
        INDEX, lambda one: one["options"]["assumptions"].update({"host-network": "pod"})
    ),
    "unknown-option": edited(INDEX, lambda one: one["options"].update(world="mars")),
    "no-options": edited(INDEX, lambda one: one.pop("options")),
    "command": edited(INDEX, lambda one: one.update(command="compare")),
    "claim": edited(
        INDEX, lambda one: one["options"]["claims"].append("anything can reach external")
    ),
    "input-name": edited(INDEX, lambda one: one["inputs"][0].update(name="other.yaml")),
    "report": edited("report.json", lambda one: one["claims"][0].update(reading="nothing")),
    "report-summary": edited("report.json", lambda one: one["summary"].update(exitCode=0)),
    "legend": edited(
        "verdicts/only-web/legend.json",
        lambda one: one["symbols"]["here.0"]["policy"].update(line=1),
    ),
    "connection": edited(
        "verdicts/web-open/connection.json", lambda one: one.update(port=one["port"] + 1)
    ),
    "form": edited("verdicts/same/slice-0003/forms.json", lambda one: one.update(old=[])),
    "header": replaced("verdicts/only-web/obligation.smt2", "QF_BV", "QF_UF"),
    "comment": replaced("verdicts/only-web/obligation.smt2", "(check-sat)", "; so\n(check-sat)"),
    "script": replaced("verdicts/only-web/obligation.smt2", "(assert here.all)\n", ""),
    "obligation": false_obligation,
    "proof": false_proof,
    "half-a-proof": replaced("verdicts/only-web/proof.lrat", " 0\n", " 0 0\n"),
    "exchanged-proofs": exchange(("proof.lrat",), "only-web", "no-other-port"),
    "exchanged": exchange(
        ("obligation.smt2", "obligation.cnf", "proof.lrat"),
        "only-web",
        "no-other-port",
    ),
    "no-proof": dropped("verdicts/only-web/proof.lrat"),
    "no-clauses": dropped("verdicts/only-web/obligation.cnf"),
    "no-script": dropped("verdicts/only-web/obligation.smt2"),
    "no-report": dropped("report.json"),
    "no-checker": dropped("check.py"),
    "checker": replaced("check.py", "raise BundleError", "return  # raise BundleError"),
    "one-more": lambda members: members.update({"verdicts/only-web/more.txt": b"trust me\n"}),
}


@needs_solver
@pytest.mark.generated
@pytest.mark.parametrize("kind", some(sorted(FORGERIES)))
def test_forgeries_with_a_fitting_index_are_found(bundle: bytes, kind: str) -> None:
    members = unpacked(bundle)
    FORGERIES[kind](members)
    assert faults(sealed(members)), kind


def test_the_checker_is_steered_by_no_name(bundle: bytes, tmp_path: Path) -> None:
    members = unpacked(bundle)

    def hostile(index: Any) -> None:
        index["verdicts"][0].update(id="\x1b[2J", statement="\x1b[2J", connections=["\x1b[2J"])
        index["verdicts"][1]["obligations"][0]["says"] = "\x1b[2J\u202e"

    edited(INDEX, hostile)(members)
    edited("report.json", lambda one: one["claims"][0].update(id="\x1b[2J"))(members)
    (tmp_path / "b.zip").write_bytes(sealed(members))
    done = by_check(Path(check.__file__), tmp_path / "b.zip")
    assert "\\x1b[2J" in done.stdout
    assert done.stdout.isascii()
    assert "\x1b" not in done.stdout + done.stderr


def test_a_forged_input_is_found(bundle: bytes) -> None:
    members = unpacked(bundle)
    (name,) = (one for one in members if one.startswith("inputs/"))
    forgeries = {"app: web}}}]": "app: wob}}}]", "port: 5432": "port: {}", "Pod\n": "P\n"}
    for old, new in forgeries.items():
        forged = dict(members)
        replaced(name, old, new)(forged)
        assert faults(sealed(forged))


def test_no_forgery_is_no_fault(bundle: bytes) -> None:
    assert faults(sealed(unpacked(bundle))) == []


def test_another_version_is_told_and_is_no_fault(bundle: bytes) -> None:
    """What versions say of themselves may differ; what they found may not."""
    members = unpacked(bundle)
    edited(INDEX, lambda one: one["tool"].update(version="9.9"))(members)
    edited("report.json", lambda one: one["tool"].update(version="9.9"))(members)
    members["check.py"] += b"# as of 9.9\n"
    assert faults(sealed(members)) == []
    assert any("9.9" in one.what for one in recheck(sealed(members)))
    both_verdicts(members)
    assert faults(sealed(members))


def changes(members: Members, random: Random) -> Iterator[Members]:
    """A flipped bit, a member gone, a member more, two members exchanged."""
    names = sorted(members)
    name, other = random.choice(names), random.choice(names)
    place = random.randrange(len(members[name]))
    data = bytearray(members[name])
    data[place] ^= 1 << random.randrange(8)
    yield {**members, name: bytes(data)}
    if random.random() < 0.1:
        yield {one: members[one] for one in names if one != name}
        yield {**members, f"{name}.txt": b""}
    if members[name] != members[other]:
        yield {**members, name: members[other], other: members[name]}


@pytest.mark.generated
def test_thousands_of_random_changes_are_found(bundle: bytes, tmp_path: Path) -> None:
    """In every member, and in every byte of the archive between them."""
    random, members = Random(20), unpacked(bundle)
    for number in range(repeats(1000)):
        for changed in changes(members, random):
            assert first_fault(packed(changed))
            if number % 200 == 0:
                (tmp_path / "b.zip").write_bytes(packed(changed))
                done = by_check(Path(check.__file__), tmp_path / "b.zip")
                assert done.returncode == 1
                assert done.stderr.startswith("NOT ACCEPTED")
    for _ in range(repeats(1500)):
        data = bytearray(bundle)
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        assert first_fault(bytes(data))
    for data in (bundle + b"x", b"x" + bundle, bundle[:-1], b"", bundle[:5000]):
        assert first_fault(data)


def test_a_folder_is_emptied_of_an_earlier_run_and_of_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cluster.yaml").write_text(MANIFESTS)
    folder = tmp_path / "evidence"
    run = ["verify", str(tmp_path), "--certificates", str(folder)]
    for claim in ("anything can reach external", "only pods(app=web) can reach pods(app=db)"):
        main([*run, "--claim", claim])  # the folder lies below the input
        assert {one["name"] for one in json.loads((folder / INDEX).read_text())["inputs"]} == {
            str(tmp_path / "cluster.yaml")
        }
    assert (folder / "verdicts/claim-1/obligation.smt2").exists()
    assert not (folder / "verdicts/claim-1/connection.json").exists()
    (folder / "mine.txt").write_text("notes")
    capsys.readouterr()
    assert main([*run, "--claim", "anything can reach external"]) == 2
    assert "'mine.txt'" in capsys.readouterr().err
    assert (folder / "verdicts/claim-1/obligation.smt2").exists()


def test_a_failed_run_leaves_no_evidence_of_an_earlier_one(tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").write_text(MANIFESTS)
    run = ["verify", str(tmp_path / "cluster.yaml"), "--bundle", str(tmp_path / "b.zip")]
    run += ["--certificates", str(tmp_path / "f"), "--claim", "anything can reach external"]
    assert main(run) == 0
    (tmp_path / "cluster.yaml").write_text("kind: NetworkPolicy")
    assert main(run) == 2
    assert not (tmp_path / "b.zip").exists()
    assert not [*(tmp_path / "f").iterdir()]


def test_what_cannot_be_written_or_read_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cluster.yaml").write_text(MANIFESTS)
    run = ["verify", str(tmp_path / "cluster.yaml"), "--claim", "anything can reach external"]
    assert main([*run, "--bundle", str(tmp_path / "cluster.yaml")]) == 2
    assert "is no archive" in capsys.readouterr().err
    assert (tmp_path / "cluster.yaml").read_text() == MANIFESTS
    for option in ("--bundle", "--certificates"):
        assert main([*run, option, str(tmp_path / "cluster.yaml" / "below")]) == 2
        assert "cannot write" in capsys.readouterr().err
    assert main(["recheck", str(tmp_path / "none.zip")]) == 2
    assert main(["recheck", str(tmp_path / "cluster.yaml")]) == 1
    assert "cannot be unpacked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a/b.yaml", "a/b.yaml"),
        ("/etc/x.yaml", "etc/x.yaml"),
        ("../../x.yaml", "%2E%2E/%2E%2E/x.yaml"),
        ("./a//b.yaml", "a/b.yaml"),
        ("-", "-"),
        ("git:HEAD:k8s/a.yaml", "git%3AHEAD%3Ak8s/a.yaml"),
        ("C:\\x.yaml", "C%3A%5Cx.yaml"),
        ("", "_"),
    ],
)
def test_names_of_members_stay_below(name: str, path: str) -> None:
    assert safe_path(name) == path


def test_a_comparison_of_a_file_with_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report notes that both are one path, which the bundle's members do not tell."""
    (tmp_path / "a.yaml").write_text(MANIFESTS)
    monkeypatch.chdir(tmp_path)
    assert main(["compare", "a.yaml", "a.yaml", "--bundle", "b.zip"]) == 0
    members = unpacked(Path("b.zip").read_bytes())
    assert json.loads(members["index.json"])["options"]["onePath"] is True
    assert faults(Path("b.zip").read_bytes()) == []


ADMITTING = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: %s}
spec: {podSelector: {}, ingress: [{from: [%s]}]}
---
"""
EITHER = "{%s: {matchExpressions: [{key: %s, operator: In, values: [%s]}]}}"


def test_symbols_of_slices_have_widths_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One slice of the comparison knows more namespaces than the other."""
    monkeypatch.chdir(tmp_path)
    rows = (
        ("one", "podSelector", "k", "a"),
        ("two", "namespaceSelector", "kubernetes.io/metadata.name", "s, t, u, v, w"),
    )
    old, new = "", ""
    for namespace, kind, key, values in rows:
        inside = EITHER % (kind, key, values)
        old += ADMITTING % (namespace, f"{inside}, {inside.replace('In,', 'NotIn,')}")
        new += ADMITTING % (namespace, f"{{{kind}: {{}}}}")
    for name, text in (("old.yaml", old), ("new.yaml", new)):
        Path(name).write_text(text)
    assert main(["compare", "old.yaml", "new.yaml", "--bundle", "b.zip"]) == 0
    assert faults(Path("b.zip").read_bytes()) == []


def test_two_inputs_never_share_a_member(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`a.yaml` at the root and below the working folder would both be called `a.yaml`."""
    below = tmp_path / tmp_path.relative_to("/")
    below.mkdir(parents=True)
    (below / "a.yaml").write_text(MANIFESTS)
    (tmp_path / "a.yaml").write_text(MANIFESTS.replace("shop", "other"))
    monkeypatch.chdir(tmp_path)
    inside = str((below / "a.yaml").relative_to(tmp_path))
    run = ["verify", inside, str(tmp_path / "a.yaml"), "--claim", "anything can reach external"]
    assert main([*run, "--bundle", "b.zip"]) == 0
    names = [name for name in unpacked(Path("b.zip").read_bytes()) if name.startswith("inputs/")]
    assert len(names) == 2
    assert faults(Path("b.zip").read_bytes()) == []


@needs_solver
def test_the_checker_runs_on_old_pythons(bundle: bytes, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(bundle)
    (tmp_path / "check.py").write_bytes(unpacked(bundle)["check.py"])
    tried = 0
    for name in ("python3.8", "python3.9", "python3.10", "python3.13", "python3.14"):
        if (python := shutil.which(name)) is not None:
            command = [python, str(tmp_path / "check.py"), str(tmp_path / "b.zip")]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if "command not found" not in done.stderr:  # a shim without the version behind it
                assert done.returncode == 0, done.stderr
                tried += 1
    if not tried:
        pytest.skip("no other Python is installed")


def test_evidence_does_not_end_with_the_deadline_of_the_verdict() -> None:
    files = [EXAMPLES / "egress-example/policies/example.yaml", EXAMPLES / "merge/split.yaml"]
    old, new = (load_texts({file.name: file.read_bytes()}) for file in files)
    run = compare_again(old, new, CompareOptions(), "equivalent")
    over = Limits(deadline=deadline_of(1))
    time.sleep(0.01)
    late = replace(run.options, limits=over)
    before, after = (
        [ground.name for ground in comparison_grounds(run.report, run.cluster, options)
         if isinstance(ground, Obligation | Forms)]
        for options in (run.options, late)
    )  # fmt: skip
    assert before == after != []
