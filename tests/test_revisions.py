"""`git:REV:PATH`, in a repository made for each test."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from netproof.cli import main
from netproof_specs.problems import Problem
from netproof_specs.sources.revisions import is_revision, read_revision

OPEN = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec: {podSelector: {}, ingress: [{}]}
"""
CLOSED = OPEN.replace("[{}]", "[]")
DEEP = OPEN.replace("name: db", "name: other").replace("{}, in", "{matchLabels: {app: b}}, in")


def git(folder: Path, *arguments: str) -> str:
    """Runs git with a name and nothing of the user's configuration."""
    settings = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    command = ["git", *settings, *arguments]
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One commit with an open policy; in the working tree it is closed."""
    root = tmp_path / "repository"
    (root / "k8s" / "deep").mkdir(parents=True)
    (root / "notes").mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / "k8s" / "db.yaml").write_text(OPEN, encoding="utf-8")
    (root / "k8s" / "deep" / "ä b.yml").write_text(DEEP, encoding="utf-8")
    (root / "k8s" / "README.md").write_text("no manifest", encoding="utf-8")
    (root / "k8s" / ".hidden.yaml").write_text("no: manifest", encoding="utf-8")
    (root / "notes" / "notes.txt").write_text("no manifest", encoding="utf-8")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "one")
    (root / "k8s" / "db.yaml").write_text(CLOSED, encoding="utf-8")
    monkeypatch.chdir(root)
    return root


def read(name: str) -> dict[str, str]:
    """The texts by name; no problem may occur."""
    problems: list[Problem] = []
    found = {one.name: one.data.decode() for one in read_revision(name, problems)}
    assert problems == []
    return found


def refused(name: str) -> str:
    """The only problem, in words."""
    problems: list[Problem] = []
    assert read_revision(name, problems) == []
    (problem,) = problems
    assert problem.code == "unreadable-revision"
    return str(problem)


@pytest.mark.usefixtures("repository")
def test_a_file() -> None:
    assert read("git:HEAD:k8s/db.yaml") == {"git:HEAD:k8s/db.yaml": OPEN}


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("revision", ["HEAD", "main", "refs/heads/main", "HEAD~0", "main^0"])
def test_a_folder(revision: str) -> None:
    """Its manifests, deep ones too, in order; not what is hidden or no manifest."""
    found = read(f"git:{revision}:k8s")
    assert found == {
        f"git:{revision}:k8s/db.yaml": OPEN,
        f"git:{revision}:k8s/deep/ä b.yml": DEEP,
    }
    assert list(found) == sorted(found)
    assert read(f"git:{revision}:k8s/") == found


def test_a_commit_and_a_tag(repository: Path) -> None:
    git(repository, "tag", "-a", "v1", "-m", "one")
    for revision in (git(repository, "rev-parse", "HEAD"), "v1"):
        assert list(read(f"git:{revision}:k8s/db.yaml").values()) == [OPEN]


@pytest.mark.parametrize("path", [".", "./"])
@pytest.mark.parametrize("folder", ["", "k8s"])
def test_the_current_folder(
    path: str, folder: str, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / folder)
    assert list(read(f"git:HEAD:{path}").values()) == [OPEN, DEEP]


def test_below_the_current_folder(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As git has it: `./` counts from here, anything else from the root."""
    monkeypatch.chdir(repository / "k8s")
    assert list(read("git:HEAD:./deep").values()) == [DEEP]
    assert list(read("git:HEAD:./db.yaml").values()) == [OPEN]
    assert list(read("git:HEAD:k8s/deep").values()) == [DEEP]
    assert list(read("git:HEAD:../k8s/deep").values()) == [DEEP]
    assert "deep" in refused("git:HEAD:deep")


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("git:HEAD:nowhere", "nowhere"),
        ("git:HEAD:k8s/nowhere.yaml", "nowhere"),
        ("git:HEAD:/etc/passwd", "/etc/passwd"),
        ("git:HEAD:../outside", "outside"),
        ("git:nowhere:k8s", "cannot read `git:nowhere:k8s`"),
        ("git:HEAD~9:k8s", "cannot read"),
        ("git:HEAD:notes", "the folder holds no manifest at that revision"),
        ("git:HEAD", "not of the form `git:REV:PATH`"),
        ("git::k8s", "not of the form"),
        ("git:HEAD:", "not of the form"),
        ("git:--output=x:k8s", "cannot read"),
        ("git:--help:k8s", "cannot read"),
        ("git:-h:k8s", "cannot read"),
        ("git:HEAD --output=x:k8s", "cannot read"),
        ("git:HEAD;touch x:k8s", "cannot read"),
        ("git:$(touch x):k8s", "cannot read"),
        ("git:HEAD:--output=x", "--output=x"),
        ("git:HEAD:k8s\0", "cannot read"),
        ("git:HEAD\0:k8s", "cannot read"),
        ("git:HEAD:\ud800", "cannot read"),
        ("git:HEAD^{tree}:k8s", "cannot read"),
    ],
)
def test_refused(name: str, words: str, repository: Path) -> None:
    """What cannot be read is a problem; no text of a side becomes an option or a command."""
    assert words in refused(name)
    assert not list(repository.rglob("x"))
    assert git(repository, "status", "--porcelain") == "M k8s/db.yaml"


def test_outside_of_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert "not a git repository" in refused("git:HEAD:k8s")


def test_without_git(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "there is no `git` command" in refused("git:HEAD:k8s")


def test_what_is_a_revision() -> None:
    assert is_revision("git:HEAD:k8s")
    assert not is_revision("git")
    assert not is_revision("./git:HEAD:k8s")


@pytest.mark.usefixtures("repository")
def test_a_pull_request(capsys: pytest.CaptureFixture[str]) -> None:
    """The committed folder against the working tree: the change of one policy."""
    assert main(["compare", "git:HEAD:k8s", "k8s"]) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("NARROWER")
    assert "git:HEAD:k8s/db.yaml:" in printed
    assert "k8s/db.yaml:" in printed
    assert main(["compare", "git:HEAD:k8s", "k8s", "--expect", "narrower-or-equal"]) == 0
    assert main(["compare", "git:main:k8s", "git:HEAD:k8s"]) == 0


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    "side",
    ["git:nowhere:k8s", "git:HEAD:nowhere", "git:HEAD:notes", "git:HEAD", "git:--output=x:k8s"],
)
def test_an_unreadable_side_is_an_input_error(
    side: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for sides in ([side, "k8s"], ["k8s", side]):
        assert main(["compare", *sides]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert f"cannot read `{side}`" in printed.err
        assert "Traceback" not in printed.err


@pytest.mark.usefixtures("repository")
def test_both_sides_are_told_of_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "git:nowhere:k8s", "git:HEAD:nowhere"]) == 2
    printed = capsys.readouterr().err
    assert "git:nowhere:k8s" in printed
    assert "git:HEAD:nowhere" in printed


def test_an_unknown_revision_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    monkeypatch.chdir(tmp_path)
    problems: list[Problem] = []
    assert read_revision("git:no-such-branch:x", problems) == []
    assert "there is no revision `no-such-branch`" in problems[0].message


def test_a_submodule_is_refused_since_its_changes_would_go_unseen(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},k8s/vendored")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},notes/.hidden")
    git(repository, "commit", "-q", "-m", "two")
    assert "`vendored` is a submodule" in refused("git:HEAD:k8s")
    assert list(read("git:HEAD:k8s/deep")) == ["git:HEAD:k8s/deep/ä b.yml"]
    assert "no manifest" in refused("git:HEAD:notes")
