"""Folders of Helm and kustomize are refused: their files are not what is applied."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.reporting import PODS, POLICY
from tests.test_revisions import git

from netproof.cli import main
from netproof_specs.loading import load, load_texts
from netproof_specs.problems import InputError, Problem

FULL = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: {kind}
namespace: prod
resources: [pods.yaml]
"""
BARE = "namespace: prod\nresources: [pods.yaml]\n"
CHART = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "k8s" / "a b").mkdir(parents=True)
    (tmp_path / "k8s" / "pods.yaml").write_text(PODS)
    (tmp_path / "k8s" / "a b" / "policy.yaml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems(*paths: str) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        load(paths)
    return list(caught.value.problems)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("name", "text", "command"),
    [
        ("kustomization.yaml", FULL.format(kind="Kustomization"), "kubectl kustomize k8s"),
        ("kustomization.yml", BARE, "kubectl kustomize k8s"),
        ("Kustomization", BARE, "kubectl kustomize k8s"),
        ("Chart.yaml", CHART, "helm template k8s"),
    ],
)
def test_a_folder_that_has_to_be_rendered(name: str, text: str, command: str) -> None:
    assert load(["k8s"]).cluster.policies
    Path("k8s", name).write_text(text)
    (problem,) = problems("k8s")
    assert (problem.code, str(problem.where)) == ("unrendered-folder", f"k8s/{name}")
    assert problem.suggestion == f"render it first: `{command} | netproof verify -`"


@pytest.mark.usefixtures("folder")
def test_a_folder_within_the_folder() -> None:
    """The command can be pasted, whatever the name of the folder."""
    Path("k8s", "a b", "kustomization.yaml").write_text(BARE)
    (problem,) = problems("k8s")
    assert "`kubectl kustomize 'k8s/a b' |" in problem.suggestion


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("kind", ["Kustomization", "Component"])
def test_a_kustomization_given_as_a_file(kind: str) -> None:
    Path("k8s", "other.yaml").write_text(FULL.format(kind=kind))
    (problem,) = problems("k8s/pods.yaml", "k8s/other.yaml")
    assert problem.code == "unrendered-folder"
    assert "`kubectl kustomize k8s | netproof verify -`" in problem.suggestion


@pytest.mark.parametrize(("text", "tool"), [(BARE, "kubectl kustomize"), (CHART, "helm template")])
@pytest.mark.parametrize(
    ("name", "place"), [("k8s/any.yaml", "k8s"), ("any.yaml", "."), ("-", "DIR")]
)
def test_a_file_without_a_kind(text: str, tool: str, name: str, place: str) -> None:
    with pytest.raises(InputError) as caught:
        load_texts({name: PODS.split("---")[0] + "---\n" + text})
    hints = [problem.suggestion for problem in caught.value.problems]
    assert any(f"`{tool} {place} | netproof verify -`" in hint for hint in hints)


def test_a_revision(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(folder, "init", "-q", "-b", "main")
    Path("k8s", "a b", "kustomization.yaml").write_text(BARE)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")
    assert main(["compare", "git:main:k8s", "k8s/pods.yaml"]) == 2
    error = " ".join(capsys.readouterr().err.split())
    assert "cannot read `git:main:k8s`: `a b/kustomization.yaml`: the folder is" in error
    assert "render both sides" in error


@pytest.mark.usefixtures("folder")
def test_a_kustomization_of_another_tool_is_an_unknown_kind() -> None:
    """Flux has one too, which says from where to deploy, and changes no file beside it."""
    text = FULL.format(kind="Kustomization").replace(
        "kustomize.config.k8s.io", "kustomize.toolkit.fluxcd.io"
    )
    Path("k8s", "flux.yaml").write_text(text + "metadata: {name: a}\n")
    (unknown,) = load(["k8s"]).unknown_kinds
    assert unknown.kind == "Kustomization"
