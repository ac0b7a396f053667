"""The GitHub Action and the pre-commit hooks, run as far as they run without their service."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.reporting import NARROWED, PODS, POLICY, WIDENED
from tests.schema_check import checked
from tests.test_reports_github import commands
from tests.test_reports_sarif import run_of

from netproof.cli import COMMANDS

ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
PAGE = ROOT / "docs" / "ci.md"

STUB = """\
#!/usr/bin/env bash
# Stands for python: makes the environment that it is asked for, and notes what is installed.
[ "$1 $2" = "-m venv" ] || exit 9
mkdir -p "$3/bin"
printf '#!/bin/sh\\nprintf "%%s\\\\n" "$*" > "$RUNNER_TEMP/installed"\\n' > "$3/bin/python"
cp "$NETPROOF_STUB" "$3/bin/netproof"
chmod +x "$3/bin/python"
"""


@dataclass(frozen=True)
class Ran:
    """What a run of the action left behind."""

    code: int
    out: str
    err: str
    summary: str
    outputs: str
    annotations: str


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with manifests and a spec, and the working directory."""
    work = tmp_path / "work"
    (work / "k8s").mkdir(parents=True)
    (work / "k8s" / "pods.yaml").write_text(PODS)
    (work / "k8s" / "policy.yaml").write_text(POLICY)
    (work / "claims.yaml").write_text("claims: [only shop/web can reach shop/db]\n")
    monkeypatch.chdir(work)
    return work


def executable(path: Path, text: str) -> Path:
    """A script at that path."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def program(folder: Path) -> Path:
    """A `netproof` that runs this source tree."""
    path = os.pathsep.join(str(ROOT / one) for one in ("verifier", "encodings", "specs"))
    return executable(
        folder / "netproof",
        f'#!/bin/sh\nPYTHONPATH={path} exec {shlex.quote(sys.executable)} -m netproof "$@"\n',
    )


def environment(step: dict[str, Any], inputs: dict[str, str]) -> dict[str, str]:
    """The environment of a step, with the inputs that it names filled in."""
    found = {}
    for name, value in step["env"].items():
        match = re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", value)
        assert match is not None, value
        spec = ACTION["inputs"][match[1]]
        assert match[1] in inputs or "default" in spec, match[1]
        found[name] = inputs.get(match[1], spec.get("default", ""))
    return found


def act(folder: Path, netproof: Path | None = None, /, **inputs: str) -> Ran:
    """Runs the steps as the runner would: `bash --noprofile --norc -e -o pipefail`."""
    runner = folder.parent / "runner"
    runner.mkdir(exist_ok=True)
    for name in ("summary", "outputs"):
        (runner / name).write_text("")
    given = {"python": str(executable(runner / "python", STUB)), **inputs}
    done = None
    for step in STEPS:
        script = runner / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "RUNNER_TEMP": str(runner),
                "GITHUB_ACTION_PATH": str(ROOT),
                "GITHUB_STEP_SUMMARY": str(runner / "summary"),
                "GITHUB_OUTPUT": str(runner / "outputs"),
                "NETPROOF_STUB": str(netproof or program(folder.parent)),
                **environment(step, given),
            },
        )
        if done.returncode:
            break
    assert done is not None
    installed = (runner / "installed").read_text()
    assert installed == f"-m pip install --quiet --disable-pip-version-check {ROOT}\n"
    return Ran(
        done.returncode,
        done.stdout,
        done.stderr,
        (runner / "summary").read_text(),
        (runner / "outputs").read_text(),
        after_commands_resume(done.stdout),
    )


def after_commands_resume(out: str) -> str:
    """What the runner reads as commands: nothing between the two lines of one token."""
    before, _, rest = out.partition("::stop-commands::")
    assert before == ""
    token, _, rest = rest.partition("\n")
    assert re.fullmatch("[0-9a-f]{32}", token)
    hidden, end, after = rest.partition(f"::{token}::\n")
    assert end
    assert token not in hidden
    return after


def test_the_action_takes_nothing_from_others() -> None:
    assert ACTION["runs"]["using"] == "composite"
    for step in STEPS:
        assert "uses" not in step
        assert step["shell"] == "bash"


def test_no_input_becomes_part_of_a_script() -> None:
    for step in STEPS:
        assert "${{" not in step["run"]
        assert "eval" not in step["run"]
    used = {value for step in STEPS for value in step["env"].values()}
    assert used == {f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]}


def test_every_input_is_explained() -> None:
    for name, spec in ACTION["inputs"].items():
        assert spec["description"]
        assert isinstance(spec.get("default", ""), str)
        assert spec.get("required", False) is (name == "paths")


@pytest.mark.slow
def test_a_proved_claim(folder: Path) -> None:
    ran = act(folder, paths="k8s", specs="claims.yaml")
    assert (ran.code, ran.err) == (0, "")
    assert "PROVED   claim-1: only shop/web can reach shop/db" in ran.out
    assert ran.summary.startswith("### netproof: 1 claim: 1 proved\n")
    assert ran.outputs == "exit-code=0\n"
    ((command, properties, message),) = commands(ran.annotations)
    assert (command, properties) == ("notice", {"title": "netproof"})
    assert message.startswith("1 claim: 1 proved\nPROVED claim-1: ")


@pytest.mark.slow
def test_a_refuted_claim_with_files(folder: Path) -> None:
    ran = act(
        folder,
        paths="k8s/pods.yaml\nk8s/policy.yaml\n",
        claims="shop/web cannot reach shop/db\n\nonly shop/web can reach shop/db\r\n",
        world="snapshot",
        assume="host-network=pod\nipblock-matches-pods=no",
        namespace="shop",
        lenient="true",
        timeout="60",
        sarif="out.sarif",
        junit="out.xml",
        json="out.json",
    )
    assert ran.code == 1
    assert ran.outputs == "exit-code=1\n"
    assert "**REFUTED**" in ran.summary
    (error, _) = commands(ran.annotations)
    assert (error[0], error[1]["file"], error[1]["line"]) == ("error", "k8s/policy.yaml", "9")
    assert len(run_of((folder / "out.sarif").read_text())["results"]) == 1
    assert "<failure" in (folder / "out.xml").read_text()
    data = checked((folder / "out.json").read_text())
    assert [one["verdict"] for one in data["claims"]] == ["REFUTED", "PROVED"]
    assert data["claims"][0]["assumptions"]["host-network"] == "pod"
    assert (data["decoding"], data["namespace"]) == ("lenient", "shop")
    assert data["timeoutMilliseconds"] == 60000


@pytest.mark.slow
@pytest.mark.parametrize("code", [0, 1, 3, 70, 130])
def test_the_exit_code_is_kept(folder: Path, code: int) -> None:
    netproof = executable(folder.parent / "netproof", f"#!/bin/sh\nexit {code}\n")
    ran = act(folder, netproof, paths="k8s")
    assert (ran.code, ran.outputs) == (code, f"exit-code={code}\n")
    assert f"nothing was decided (exit code {code})" in ran.summary


@pytest.mark.slow
def test_a_wrong_input(folder: Path) -> None:
    (folder / "k8s" / "bad.yaml").write_text(POLICY.replace("podSelector:", "<b>&podSelecter:"))
    ran = act(folder, paths="k8s", specs="claims.yaml")
    assert (ran.code, ran.outputs) == (2, "exit-code=2\n")
    assert "k8s/bad.yaml:" in ran.err
    assert ran.summary.startswith("### netproof: nothing was decided (exit code 2)\n\n<details>")
    assert "&lt;b&gt;&amp;" in ran.summary
    assert "<b>" not in ran.summary
    assert commands(ran.annotations)[0][0] == "error"


@pytest.mark.slow
def test_a_command_that_is_none(folder: Path) -> None:
    assert '*) echo "::error' in STEPS[1]["run"]
    runner = folder.parent / "runner"
    runner.mkdir()
    script = executable(runner / "step.sh", STEPS[1]["run"])
    done = subprocess.run(
        ["bash", str(script)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]}
        | environment(STEPS[1], {"command": "verify --help; id", "paths": "k8s"}),
    )
    assert (done.returncode, done.stderr) == (2, "")
    assert "has to be verify, compare or lint" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    ["$(touch owned)", "`touch owned`", "'; touch owned; '", "--help", "*", "a\\nb", "-"],
)
def test_inputs_are_data(folder: Path, text: str) -> None:
    ran = act(folder, paths="k8s", claims=text, namespace="shop")
    assert ran.code == 2
    assert not (folder / "owned").exists()
    assert f"`{text.split(maxsplit=1)[0]}" in ran.err or text in ran.err


@pytest.mark.slow
def test_options_are_no_paths(folder: Path) -> None:
    ran = act(folder, paths="--output=json=owned\nk8s", specs="claims.yaml")
    assert ran.code == 2
    assert not (folder / "owned").exists()
    assert "--output=json=owned" in ran.err


@pytest.mark.slow
def test_output_of_manifests_gives_no_commands(folder: Path) -> None:
    """The kind of a skipped object is anybody's text and is printed."""
    (folder / "k8s" / "other.yaml").write_text(
        "apiVersion: example.com/v1\nkind: '::error::forged'\nmetadata: {name: a}\n"
    )
    ran = act(folder, paths="k8s", specs="claims.yaml")
    assert "::error::forged" in ran.out + ran.err
    ((command, _, message),) = commands(ran.annotations)
    assert command == "notice"
    assert "the kind `::error::forged` of `example.com/v1`: 1 object is left out" in message


def git(folder: Path, *words: str) -> None:
    """Runs git with an author of its own."""
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *author, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(folder: Path) -> Path:
    """The folder under git, committed on the branch `base`."""
    git(folder, "init", "-q", "-b", "base")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "base")
    return folder


@pytest.mark.slow
def test_a_comparison_with_the_base(repository: Path) -> None:
    inputs = {"command": "compare", "paths": "git:base:k8s\nk8s", "expect": "narrower-or-equal"}
    assert act(repository, **inputs).code == 0
    (repository / "k8s" / "policy.yaml").write_text(WIDENED)
    ran = act(repository, **inputs, sarif="out.sarif", world="any-pods")
    assert (ran.code, ran.outputs) == (1, "exit-code=1\n")
    assert ran.summary.startswith("### netproof: WIDER\n")
    assert {one[1].get("file") for one in commands(ran.annotations)} == {"k8s/policy.yaml", None}
    results = run_of((repository / "out.sarif").read_text())["results"]
    assert {one["ruleId"] for one in results} == {"netproof/compare-added"}


@pytest.mark.slow
def test_a_revision_that_is_not_there(repository: Path) -> None:
    assert act(repository, command="compare", paths="git:nowhere:k8s\nk8s").code == 2


@pytest.mark.parametrize("hook", HOOKS, ids=[hook["id"] for hook in HOOKS])
def test_hooks(hook: dict[str, Any]) -> None:
    """What pre-commit requires of a hook, and what verdicts on the whole set require."""
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert (hook["pass_filenames"], hook["require_serial"]) == (False, True)
    assert (hook["language"], hook["types_or"]) == ("python", ["yaml", "json"])
    name, command = shlex.split(hook["entry"])
    assert name == "netproof"
    assert command in COMMANDS
    assert hook["id"] == f"netproof-{command}"


def hooked(name: str, folder: Path, *arguments: str) -> int:
    """The exit code of a hook's entry with the `args` of a user."""
    hook = next(one for one in HOOKS if one["id"] == name)
    path = program(folder.parent).parent
    done = subprocess.run(
        [*shlex.split(hook["entry"]), *arguments],
        cwd=folder,
        check=False,
        capture_output=True,
        env={"PATH": f"{path}{os.pathsep}{os.environ['PATH']}"},
    )
    return done.returncode


@pytest.mark.slow
def test_the_verify_hook_runs(folder: Path) -> None:
    assert hooked("netproof-verify", folder, "k8s", "--spec", "claims.yaml") == 0
    assert hooked("netproof-verify", folder, "k8s", "--claim", "shop/web can reach shop/db") == 1
    assert hooked("netproof-verify", folder) == 2


@pytest.mark.slow
def test_the_compare_hook_runs(repository: Path) -> None:
    assert hooked("netproof-compare", repository, "git:HEAD:k8s", "k8s") == 0
    (repository / "k8s" / "policy.yaml").write_text(NARROWED)
    assert hooked("netproof-compare", repository, "git:HEAD:k8s", "k8s") == 1


BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def blocks(language: str) -> list[str]:
    """The code blocks of the page in one language."""
    found = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    return [text for name, text in found if name == language]


def command_lines() -> list[str]:
    """Every command of the page that runs netproof."""
    lines = "\n".join([*blocks("yaml"), *blocks("console")]).replace("\\\n", " ").splitlines()
    found = (re.fullmatch(r"\s*(?:\$|-)? ?(netproof .*)", line) for line in lines)
    return [match[1] for match in found if match is not None]


@pytest.mark.slow
@pytest.mark.parametrize("line", command_lines())
def test_commands_of_the_page(line: str, repository: Path) -> None:
    git(repository, "update-ref", "refs/remotes/origin/main", "HEAD")
    path = program(repository.parent).parent
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=repository,
        check=False,
        capture_output=True,
        text=True,
        env={
            "PATH": f"{path}{os.pathsep}{os.environ['PATH']}",
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "BASE": "HEAD",
        },
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_page_has_commands_of_both_kinds() -> None:
    kinds = {line.split()[1] for line in command_lines()}
    assert kinds == {"verify", "compare"}


@pytest.mark.parametrize("text", blocks("yaml"))
def test_configurations_of_the_page(text: str) -> None:
    """They are YAML, and what they set for the action and the hooks exists."""
    for step in mappings(yaml.safe_load(text)):
        if str(step.get("uses", "")).startswith("OWNER/netproof@"):
            assert set(step["with"]) <= set(ACTION["inputs"])
            assert "paths" in step["with"]
        for hook in step.get("hooks", ()):
            assert hook["id"] in {one["id"] for one in HOOKS}


def mappings(node: Any) -> list[dict[str, Any]]:
    """Every mapping below a node, the node itself included."""
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    found = [one for child in below for one in mappings(child)]
    return [node, *found] if isinstance(node, dict) else found
