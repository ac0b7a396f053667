"""Values of options that no run can use: each is refused, none is a defect."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from netproof.cli import INPUT_ERROR, main

POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: x}
spec: {podSelector: {}}
"""


@pytest.mark.parametrize("seconds", ["nan", "inf", "1e300", "5000000", "0", "-1", "soon"])
@pytest.mark.parametrize("command", ["verify", "compare", "lint"])
def test_a_timeout_that_no_solver_takes(
    command: str, seconds: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(POLICY)
    rest = {"verify": ["--claim", "ns:x cannot reach ns:x"], "compare": [str(path)], "lint": []}
    assert main([command, str(path), *rest[command], "--timeout", seconds]) == INPUT_ERROR
    assert "--timeout" in capsys.readouterr().err


def test_the_longest_timeout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(POLICY)
    assert (
        main(["verify", str(path), "--claim", "anything may reach ns:x", "--timeout", "1e6"]) == 1
    )
    assert "REFUTED" in capsys.readouterr().out


@pytest.mark.parametrize("namespace", ["", "Foo", "a/b", "x" * 64])
@pytest.mark.parametrize("command", ["verify", "compare", "lint"])
def test_a_namespace_that_no_cluster_has(
    command: str, namespace: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(POLICY)
    rest = {"verify": ["--claim", "ns:x cannot reach ns:x"], "compare": [str(path)], "lint": []}
    arguments = [command, str(path), *rest[command], "--namespace", namespace]
    assert main(arguments) == INPUT_ERROR
    assert "--namespace" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "-", "--spec", "-"],
        ["verify", "p.yaml", "--spec", "-", "--spec", "-"],
        ["connections", "-", "--spec", "-"],
    ],
)
def test_standard_input_is_read_once(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == INPUT_ERROR
    assert "only once" in capsys.readouterr().err


def run(arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    """The command line in a shell, which can close streams."""
    command = f"{shlex.quote(sys.executable)} -m netproof {arguments}"
    return subprocess.run(
        ["bash", "-c", f"{command}; echo code $? >&2"],
        cwd=path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )


VERIFY = "verify p.yaml --claim 'anything can reach ns:x on TCP/1'"
MAP = "connections pods.yaml"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (f"{VERIFY} --output text --output json=v.json > >(exec 0<&-)", 1, ""),
        (f"{MAP} > >(exec 0<&-)", 0, ""),
        (f"{VERIFY} >&-", 1, ""),
        (f"{MAP} >&-", 0, ""),
        (f"{VERIFY} > /dev/full", 2, "cannot write standard output"),
        (f"{MAP} > /dev/full", 2, "cannot write standard output"),
        ("lint - <&-", 2, "the file is empty"),
        ("lint nowhere 2>&-", 2, ""),
    ],
)
def test_streams_that_are_closed_or_full(
    arguments: str, code: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "p.yaml").write_text(POLICY)
    pods = (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p{number}, namespace: x}}\n"
        for number in range(60)
    )
    (tmp_path / "pods.yaml").write_text("---\n".join(pods))
    done = run(arguments, tmp_path)
    assert done.stderr.splitlines()[-1] == f"code {code}"
    assert said in done.stderr
    assert "internal error" not in done.stderr
    assert (tmp_path / "v.json").exists() == ("v.json" in arguments)


@pytest.mark.parametrize("command", ["verify", "connections"])
def test_the_mistakes_of_all_specs_are_told_at_once(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(f"group: {name}\n")
    specs = [str(tmp_path / name) for name in ("a.yaml", "b.yaml", "absent.yaml")]
    named = [part for spec in specs for part in ("--spec", spec)]
    assert main([command, str(tmp_path), *named]) == INPUT_ERROR
    told = capsys.readouterr().err
    assert all(spec in told for spec in specs)
    assert "3 errors" in told
