"""Ready-made claims: what each catalogue says, and what an include makes of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.claim_texts import claim_text
from tests.transcripts import ROOT

from netproof.bundles.archive import packed, unpacked
from netproof.cli import main
from netproof.rechecking import recheck
from netproof_specs.filing import Severity
from netproof_specs.problems import InputError
from netproof_specs.spec_files import catalogues, includes, reading
from netproof_specs.spec_files.catalogues import CATALOGUES
from netproof_specs.spec_files.reading import Spec, read_spec, statements_of
from netproof_specs.worlds import World

PAGE = (ROOT / "docs" / "catalogues.md").read_text(encoding="utf-8")
GROUPS = "groups: {web: 'pods(app=web) in ns:shop', dns: 'ns:kube-system'}\n"
NAME = "kubernetes.io/metadata.name"


def claims_of(include: str) -> dict[str, str]:
    """The claims of a spec that includes this, by id."""
    spec = read_spec("spec.yaml", f"include: {include}\n{GROUPS}")
    assert all(claim_text(one.claim) == one.text for one in spec.statements)
    return {one.id: one.text for one in spec.statements}


@pytest.mark.parametrize(
    ("include", "claims"),
    [
        ("catalogue:default-deny", {"default-deny": "ns() is denied by default"}),
        (
            "{catalogue: default-deny, namespaces: [shop, pay, shop]}",
            {
                "default-deny/shop": "ns:shop is denied by default",
                "default-deny/pay": "ns:pay is denied by default",
            },
        ),
        (
            "{catalogue: default-deny, namespaces: {tenant: a}}",
            {"default-deny": "ns(tenant=a) is denied by default"},
        ),
        (
            "{catalogue: default-deny, except-namespaces: [kube-system], id: DD}",
            {"DD": f"ns({NAME}!=kube-system) is denied by default"},
        ),
        (
            "{catalogue: external-ingress, to: ['web on TCP/443', dns]}",
            {"external-ingress": "external can reach only web on TCP/443, dns within ns()"},
        ),
        (
            "{catalogue: external-ingress, to: web, namespaces: shop}",
            {"external-ingress/shop": "external can reach only web within ns:shop"},
        ),
        (
            "{catalogue: external-ingress, to: []}",
            {"external-ingress": "external cannot reach ns()"},
        ),
        (
            "catalogue:metadata-egress",
            {"metadata-egress": "ns() cannot reach cidr(169.254.169.254/32)"},
        ),
        (
            "{catalogue: metadata-egress, addresses: [169.254.169.254, 'fd00:ec2::254']}",
            {
                "metadata-egress": "ns() cannot reach "
                "any(cidr(169.254.169.254/32), cidr(fd00:ec2::254/128))"
            },
        ),
        (
            "{catalogue: metadata-egress, except: [web, 'ns:cloud']}",
            {"metadata-egress": "only web, ns:cloud can reach cidr(169.254.169.254/32)"},
        ),
        (
            "catalogue:dns-allowed",
            {
                "dns-allowed": "ns() can reach pods(k8s-app=kube-dns) in ns:kube-system "
                "on UDP/53, TCP/53"
            },
        ),
        (
            "{catalogue: dns-allowed, namespaces: [shop], to: dns, ports: [UDP/5353, TCP/5353]}",
            {"dns-allowed/shop": "ns:shop can reach dns on UDP/5353, TCP/5353"},
        ),
        (
            "{catalogue: namespace-isolation, namespaces: [a, b, c]}",
            {
                "namespace-isolation/a": "ns:a cannot reach any(ns:b, ns:c)",
                "namespace-isolation/b": "ns:b cannot reach any(ns:a, ns:c)",
                "namespace-isolation/c": "ns:c cannot reach any(ns:a, ns:b)",
            },
        ),
        (
            "{catalogue: namespace-isolation, namespaces: [a, b]}",
            {
                "namespace-isolation/a": "ns:a cannot reach ns:b",
                "namespace-isolation/b": "ns:b cannot reach ns:a",
            },
        ),
    ],
)
def test_claims(include: str, claims: dict[str, str]) -> None:
    found = claims_of(include)
    shown = {key: text.replace(f"{NAME} notin (kube-system)", f"{NAME}!=kube-system") for key, text
             in found.items()}  # fmt: skip
    assert shown == claims


def test_an_include_files_all_claims_of_its_catalogue() -> None:
    spec = read_spec(
        "spec.yaml",
        "include:\n"
        "  - {catalogue: dns-allowed, namespaces: [a, b], world: any-pods, allow-empty: true,\n"
        "     control: [C 1, C 2], owner: net, severity: low, tags: [dns],\n"
        "     accepted: {until: 2030-01-01, by: Jo, because: not yet}}\n"
        "claims: [web cannot reach dns]\n" + GROUPS,
    )
    *included, own = spec.statements
    assert [one.id for one in included] == ["dns-allowed/a", "dns-allowed/b"]
    for one in included:
        assert (one.world, one.allow_empty) == (World.ANY_PODS, True)
        assert one.reason == CATALOGUES["dns-allowed"].reason
        assert one.filing.controls == ("C 1", "C 2")
        assert (one.filing.owner, one.filing.severity, one.filing.tags) == (
            "net", Severity.LOW, ("dns",),
        )  # fmt: skip
        assert one.filing.accepted is not None
        assert (one.where.file, one.where.line) == ("spec.yaml", 2) if one.where else False
    assert (own.id, own.world) == ("claim-1", None)


@pytest.mark.parametrize(
    ("include", "where", "message", "suggestion"),
    [
        ("catalogue:defalt-deny", (1, 10), "no catalogue `defalt-deny`", "mean `default-deny`?"),
        ("catalogue:x", (1, 10), "no catalogue `x`", "there are `default-deny`, `external-ingr"),
        ("default-deny", (1, 10), "cannot read the spec", "the catalogue `catalogue:default-deny`"),
        ("defualt-deny.yaml", (1, 10), "cannot read", "the catalogue `catalogue:default-deny`"),
        ("nowhere.yaml", (1, 10), "cannot read the spec `nowhere.yaml`", "from the folder of"),
        ("''", (1, 10), "names no file", "`catalogue:NAME`"),
        ("3", (1, 10), "must be a string", "in quotes"),
        ("{name: default-deny}", (1, 10), "has no `catalogue`", "`catalogue: NAME`"),
        ("catalogue:external-ingress", (1, 10), "needs `to`", "to: [...]"),
        ("{catalogue: external-ingress, to: [wbe]}", (1, 45), "`wbe` is not a known", "`web`"),
        ("{catalogue: dns-allowed, to: web on UDP/53}", (1, 43), "`on` does not fit", "the end"),
        ("{catalogue: dns-allowed, ports: [udp/53]}", (1, 43), "`udp/53`", "`UDP/53`"),
        ("{catalogue: default-deny, to: web}", (1, 36), "unknown key `to`", "`except-namespaces`"),
        ("{catalogue: default-deny, namespaces: [Shop]}", (1, 49), "`Shop` is no name", "lower"),
        ("{catalogue: default-deny, namespaces: []}", (1, 48), "the list is empty", "leave the"),
        ("{catalogue: default-deny, namespaces: 7}", (1, 48), "no namespaces", "list names"),
        (
            "{catalogue: default-deny, namespaces: [a], except-namespaces: [b]}",
            (1, 72),
            "`namespaces` and `except-namespaces` do not go together",
            "one of the two",
        ),
        (
            "{catalogue: metadata-egress, namespaces: [a], except: [web]}",
            (1, 64),
            "`namespaces` and `except` do not go together",
            "one of the two",
        ),
        ("{catalogue: metadata-egress, addresses: [10.0.0.1/8]}", (1, 51), "bits set", "write"),
        ("{catalogue: metadata-egress, addresses: []}", (1, 50), "the list is empty", ""),
        ("{catalogue: dns-allowed, to: []}", (1, 39), "the list is empty", ""),
        ("{catalogue: namespace-isolation, namespaces: [a]}", (1, 55), "between", "two or more"),
        ("{catalogue: namespace-isolation, namespaces: {a: b}}", (1, 55), "by name", "two or more"),
        ("{catalogue: default-deny, id: 'a b'}", (1, 40), "cannot be an id", ""),
        ("[catalogue:default-deny, catalogue:default-deny]", (1, 35), "stands twice", "the first"),
    ],
)
def test_mistakes(include: str, where: tuple[int, int], message: str, suggestion: str) -> None:
    with pytest.raises(InputError) as caught:
        claims_of(include)
    (problem,) = caught.value.problems
    assert problem.where is not None
    assert (problem.where.line, problem.where.column) == where
    assert message in problem.message
    assert suggestion in problem.suggestion


def test_the_page_has_every_catalogue() -> None:
    for one in CATALOGUES.values():
        assert f"| `{one.name}` | {one.says} |" in PAGE
        assert f"| `{one.name}` | {one.reason} | {'; '.join(one.sources)} |" in PAGE
        start = f"| `{one.name}` | {one.says}"
        row = next(line for line in PAGE.splitlines() if line.startswith(start))
        assert [*re.findall(r"`([a-z-]+)`", row.rsplit("|", 2)[1])] == [*one.takes]
        assert all(f"`{name}`" in PAGE.partition("## Parameters")[2] for name in one.takes)


def test_the_spec_of_the_page() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert len(read_spec("page.yaml", text).statements) == 4


# --- files that specs include ------------------------------------------------------------------


def read(folder: Path, name: str = "spec.yaml") -> Spec:
    path = folder / name
    return read_spec(str(path), path.read_bytes())


def test_a_file_is_included_as_if_it_stood_there(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "groups.yaml").write_text(
        "include: ../more.yaml\ngroups: {web: 'pods(app=web)'}\npolicies: {all: [a/b]}\n"
        "exclude: charts\nclaims: [{id: B, claim: web cannot reach db}]\n"
    )
    (tmp_path / "more.yaml").write_text("groups: {db: 'pods(app=db)'}\nclaims: [db may reach db]\n")
    (tmp_path / "spec.yaml").write_text(
        "include: [base/groups.yaml, more.yaml]\ngroups: {both: [web, db]}\nexclude: [tests]\n"
        "claims: [both cannot reach external, policy all is redundant]\n"
    )
    spec = read(tmp_path)
    assert [name for name, _ in spec.groups] == ["db", "web", "both"]
    assert [one.id for one in spec.statements] == ["claim-1", "B", "claim-3", "claim-2"]
    assert spec.exclude == ("charts", "tests")
    assert [Path(one.name).name for one in spec.included] == ["groups.yaml", "more.yaml"]
    assert all(Path(one.name).read_bytes() == one.data for one in spec.included)


def test_names_that_stand_twice(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("groups: {web: pods}\npolicies: {all: a/b}\n")
    (tmp_path / "other.yaml").write_text("groups: {web: anything}\n")
    (tmp_path / "spec.yaml").write_text(
        "include: base.yaml\ngroups: {web: pods}\npolicies: {all: [a/b]}\n"
    )
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    assert [str(one.where).rpartition("/")[2] for one in caught.value.problems] == [
        "spec.yaml:2:10",
        "spec.yaml:3:12",
    ]
    (tmp_path / "spec.yaml").write_text("include: [base.yaml, other.yaml]\n")
    with pytest.raises(InputError, match="two specs define the group `web` differently"):
        read(tmp_path)


def test_a_file_that_includes_itself(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("include: ./b.yaml\n")
    (tmp_path / "b.yaml").write_text("include: a.yaml\n")
    with pytest.raises(InputError, match="the file includes itself"):
        read(tmp_path, "a.yaml")


def test_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("claims: [web cannot rech db]\n")
    (tmp_path / "spec.yaml").write_text("include: base.yaml\nclaims: [a cannot reach pods]\n")
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    files = [Path(one.where.file).name for one in caught.value.problems if one.where]
    assert [*dict.fromkeys(files)] == ["base.yaml", "spec.yaml"]


# --- on the command line, and in bundles -------------------------------------------------------

POLICY = """\
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: d, namespace: shop},
 spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "k8s.yaml").write_text(POLICY)
    (tmp_path / "base.yaml").write_text("groups: {shop: 'ns:shop'}\n")
    (tmp_path / "spec.yaml").write_text(
        "include: [base.yaml, {catalogue: default-deny, namespaces: [shop]}]\n"
        "claims: [shop cannot reach external]\n"
    )
    return tmp_path


def test_a_folder_may_hold_the_included_files(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(folder), "--spec", str(folder / "spec.yaml")]) == 0
    printed = capsys.readouterr()
    assert "2 claims: 2 proved" in printed.out
    assert "left out" not in printed.out + printed.err


def test_a_bundle_holds_what_was_included(folder: Path) -> None:
    """It is checked again without the files, and with the catalogue as it was then."""
    bundle = folder / "b.zip"
    spec = str(folder / "spec.yaml")
    assert main(["verify", str(folder / "k8s.yaml"), "--spec", spec, "--bundle", str(bundle)]) == 0
    for name in ("spec.yaml", "base.yaml", "k8s.yaml"):
        (folder / name).unlink()
    assert [one for one in recheck(bundle.read_bytes()) if one.fault] == []
    members = unpacked(bundle.read_bytes())
    index = json.loads(members["index.json"])
    assert [Path(one["name"]).name for one in index["included"]] == [
        "base.yaml", "catalogue:default-deny",
    ]  # fmt: skip
    text = members[index["included"][1]["member"]].decode()
    assert "ns:shop is denied by default" in text
    assert all(f"# Source: {one}" in text for one in CATALOGUES["default-deny"].sources)
    changed = text.replace("ns:shop is", "ns(a=b) is").encode()
    forged = packed({**members, index["included"][1]["member"]: changed})
    assert [one for one in recheck(forged) if one.fault] != []


def test_a_catalogue_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    k8s, bundle = str(folder / "k8s.yaml"), str(folder / "b.zip")
    told = ["verify", k8s, "--spec", "catalogue:default-deny", "--bundle", bundle]
    assert main([*told, "--output", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in report["claims"]] == ["default-deny"]
    assert [one["name"] for one in report["specs"]] == ["catalogue:default-deny"]
    assert [one for one in recheck(Path(bundle).read_bytes()) if one.fault] == []


@pytest.mark.parametrize("alone", [False, True])
def test_another_text_under_the_name_of_a_catalogue_is_found(
    alone: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though all that the bundle holds comes out of that text."""
    bundle, whole = folder / "b.zip", catalogues.text_of

    def easier(*given: Any) -> str:
        return whole(*given).replace("is denied by default", "cannot reach ns(a=b)")

    spec = "catalogue:default-deny" if alone else str(folder / "spec.yaml")
    with monkeypatch.context() as forger:
        for module in (reading, includes):
            forger.setattr(module, "text_of", easier)
        words = ["--spec", spec, "--bundle", str(bundle)]
        assert main(["verify", str(folder / "k8s.yaml"), *words]) in {0, 1}
    faults = [one for one in recheck(bundle.read_bytes()) if one.fault]
    assert [one.what for one in faults] == ["catalogue:default-deny"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("catalogue:dns-alowed", "did you mean `dns-allowed`?"),
        ("catalogue:external-ingress", "include: {catalogue: external-ingress, to: [...]}"),
    ],
)
def test_a_catalogue_that_cannot_stand_alone(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, told: str
) -> None:
    assert main(["verify", str(folder / "k8s.yaml"), "--spec", name]) == 2
    assert told in capsys.readouterr().err


def test_what_two_specs_include_counts_once(folder: Path) -> None:
    (folder / "base.yaml").write_text(
        "include: catalogue:default-deny\nclaims: [ns:shop cannot reach external]\n"
    )
    for name in ("one.yaml", "two.yaml"):
        (folder / name).write_text("include: base.yaml\n")
    specs = [read(folder, name) for name in ("one.yaml", "two.yaml", "base.yaml")]
    assert [one.id for one in statements_of(specs, [])] == ["default-deny", "claim-1"]
