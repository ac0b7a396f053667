"""Values of options that no run can use: each is refused, none is a defect."""

from __future__ import annotations

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
@pytest.mark.parametrize("command", ["verify", "compare"])
def test_a_timeout_that_no_solver_takes(
    command: str, seconds: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(POLICY)
    rest = ["--claim", "ns:x cannot reach ns:x"] if command == "verify" else [str(path)]
    assert main([command, str(path), *rest, "--timeout", seconds]) == INPUT_ERROR
    assert "--timeout" in capsys.readouterr().err


def test_the_longest_timeout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(POLICY)
    assert (
        main(["verify", str(path), "--claim", "anything may reach ns:x", "--timeout", "1e6"]) == 1
    )
    assert "REFUTED" in capsys.readouterr().out
