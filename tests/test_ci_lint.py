"""Lint where changes are reviewed: statistics, Markdown, GitLab's form, the image."""

from __future__ import annotations

import fnmatch
import json
import re
import tomllib
from pathlib import Path

import pytest
from tests.reporting import PODS, POLICY
from tests.test_ci_integration import act, hooked

from netproof.cli import main

ROOT = Path(__file__).parents[1]
UNUSED = POLICY.replace("app: db", "app: dbs").replace("to-db", "unused")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a policy that selects nothing."""
    work = tmp_path / "work"
    (work / "k8s").mkdir(parents=True)
    (work / "k8s" / "all.yaml").write_text(f"{PODS}---\n{POLICY}---\n{UNUSED}")
    monkeypatch.chdir(work)
    return work


@pytest.mark.usefixtures("folder")
def test_statistics(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "k8s", "--statistics", "--output", "json=all.json"]) == 1
    text = main(["lint", "k8s", "--statistics"])
    told = capsys.readouterr().out
    assert text == 1
    data = json.loads(Path("all.json").read_text())
    counts: dict[tuple[str, str], int] = {}
    for one in data["findings"]:
        key = one["code"], one["severity"]
        counts[key] = counts.get(key, 0) + 1
    rows = re.findall(r"^ *(\d+)  (NP\d+)  (\w+) *  \S+$", told, re.MULTILINE)
    assert {(code, severity): int(number) for number, code, severity in rows} == counts
    numbers = [int(number) for number, _, _ in rows]
    assert numbers == sorted(numbers, reverse=True)
    assert f"{sum(numbers)} findings" in told


@pytest.mark.usefixtures("folder")
def test_lint_as_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    main(["lint", "k8s", "--output", "markdown"])
    told = capsys.readouterr().out
    assert told.startswith("### netproof lint: ")
    assert "| severity | finding | at | message |" in told
    assert "NP001 policy-selects-nothing" in told
    assert "k8s/all.yaml" in told.replace("&#46;", ".")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", ["verify", "compare", "lint"])
def test_gitlab(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What GitLab documents of a code quality report, and nothing that is fine in it."""
    Path("other.yaml").write_text(f"{PODS}---\n{POLICY.replace('5432', '80')}")
    rest = {
        "verify": [
            *("--claim", "shop/web cannot reach shop/db"),
            *("--claim", "shop/web may reach shop/db"),
        ],
        "compare": ["other.yaml"],
        "lint": [],
    }
    assert main([command, "k8s", *rest[command], "--output", "gitlab"]) == 1
    issues = json.loads(capsys.readouterr().out)
    assert issues
    for one in issues:
        assert set(one) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert one["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert one["location"]["lines"]["begin"] >= 1
        assert not Path(one["location"]["path"]).is_absolute()
    marks = [one["fingerprint"] for one in issues]
    assert len(set(marks)) == len(marks)
    if command == "verify":
        assert [one["severity"] for one in issues] == ["major", "info"]


@pytest.mark.usefixtures("folder")
def test_errors_in_the_form_of_gitlab() -> None:
    Path("k8s/all.yaml").write_text(POLICY.replace("ports:", "port:"))
    assert main(["lint", "k8s", "--output", "gitlab=out.json"]) == 2
    (issue,) = json.loads(Path("out.json").read_text())
    assert issue["location"] == {"path": "k8s/all.yaml", "lines": {"begin": 10}}


def test_the_action_lints(folder: Path) -> None:
    ran = act(folder, command="lint", paths="k8s", **{"fail-on": "error"})
    assert ran.code == 0
    assert "### netproof lint: " in ran.summary
    assert act(folder, command="lint", paths="k8s").code == 1
    assert act(folder, command="lint", paths="k8s", ignore="NP001,NP005,NP008").code in (0, 1)


def test_the_lint_hook_runs(folder: Path) -> None:
    assert hooked("netproof-lint", folder, "k8s") == 1
    assert hooked("netproof-lint", folder, "k8s", "--fail-on", "error") == 0


def test_the_image_has_what_it_builds_from() -> None:
    """The files that the build needs are copied, and what it copies is no secret of a checkout."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    bases = re.findall(r"^FROM python:3\.(\d+)-slim", text, re.MULTILINE)
    least = int(project["project"]["requires-python"].removeprefix(">=3."))
    assert len(bases) == 2
    assert all(int(base) >= least for base in bases)
    assert re.search(r"^ENTRYPOINT \[\"netproof\"\]$", text, re.MULTILINE)
    assert re.search(r"^USER [1-9]", text, re.MULTILINE)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    needed = ["pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]]
    for name in (*needed, *wheel):
        assert (ROOT / name).exists()
        assert not any(fnmatch.fnmatch(name.split("/")[0], glob) for glob in ignored)
    assert ".git" in ignored
