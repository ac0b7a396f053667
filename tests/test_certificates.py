"""Certificates: what `--certificates` writes is what any other solver proves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from netproof.bundles.solvers import by_bitwuzla, by_cvc5
from netproof.cli import main
from netproof.solving import Answer

MANIFESTS = str(Path(__file__).resolve().parent.parent / "examples/accounts-finance/manifests")
PROVED = "only pods(app=Srv1,tier=backend) can reach pods(app=Srv1,tier=db) in ns:accounts"
REFUTED = "ns:finance cannot reach pods(tier=backend) in ns:accounts"
IMPOSSIBLE = "ns:finance may reach pods(app=Srv1,tier=backend) in ns:accounts on UDP/53"


@pytest.mark.parametrize("world", ["snapshot", "any-pods", "any-cluster"])
def test_every_proof_is_written_and_decided_again(tmp_path: Path, world: str) -> None:
    claims = [word for text in (PROVED, REFUTED, IMPOSSIBLE) for word in ("--claim", text)]
    folder = tmp_path / "proofs" / "here"
    assert (
        main(["verify", MANIFESTS, *claims, "--world", world, "--certificates", str(folder)]) == 1
    )
    scripts = {path.parent.name: path.read_text("ascii") for path in folder.rglob("*.smt2")}
    assert set(scripts) == {"claim-1", "claim-3"}
    for script in scripts.values():
        assert by_bitwuzla(script) is Answer.UNSAT
        assert by_cvc5(script) is Answer.UNSAT


def test_a_folder_that_cannot_be_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    arguments = ["verify", MANIFESTS, "--claim", PROVED, "--certificates"]
    assert main([*arguments, str(tmp_path / "file" / "below")]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_names_stay_inside_the_folder(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(f"claims: [{{id: PCI/1.3, claim: '{PROVED}'}}]")
    folder = tmp_path / "a" / "b" / "proofs"
    main(["verify", MANIFESTS, "--spec", str(spec), "--certificates", str(folder)])
    assert list(tmp_path.rglob("*.smt2")) == [folder / "verdicts/PCI%2F1.3/obligation.smt2"]


def admits_all(namespace: str, values: str, *peers: str) -> str:
    """A policy that admits every pod, in the words of the peers."""
    asked = (f"{{key: app, operator: {one}, values: [{values}]}}" for one in peers)
    listed = ", ".join(f"{{podSelector: {{matchExpressions: [{one}]}}}}" for one in asked)
    return (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: p, namespace: {namespace}}}\n"
        f"spec: {{podSelector: {{}}, ingress: [{{from: [{listed or '{podSelector: {}}'}]}}]}}\n"
    )


def test_each_slice_of_a_comparison_has_symbols_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The code of a label takes one bit more where more of its values are mentioned."""
    values = {"one": "a", "two": "a, b, c, d, e, f"}
    for name, peers in (("old", ("In", "NotIn")), ("new", ())):
        text = "".join(admits_all(space, known, *peers) for space, known in values.items())
        (tmp_path / name).with_suffix(".yaml").write_text(text)
    bundle = str(tmp_path / "bundle.zip")
    sides = (str(tmp_path / f"{name}.yaml") for name in ("old", "new"))
    assert main(["compare", *sides, "--bundle", bundle]) == 0
    assert main(["recheck", bundle]) == 0
    assert len(re.findall(r"slice-\d+/obligation.smt2: decided", capsys.readouterr().out)) == 2
