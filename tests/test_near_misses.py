"""What is nearly right gets the hint that makes it right."""

from __future__ import annotations

from pathlib import Path

import pytest

from netproof.cli import main

ROOT = Path(__file__).parents[1]
PODS = str(ROOT / "examples/redis-db/cluster")
EXPECTED = (
    "expected `cannot reach`, `can reach`, `can reach only`, `may reach`, "
    "`is isolated from` or `is denied by default`"
)
MISSES = {
    "ns:a cannott reach ns:b": f"did you mean `cannot reach`? {EXPECTED}",
    "ns:a canot reach ns:b": f"did you mean `cannot reach`? {EXPECTED}",
    "ns:a cannot rech ns:b": "did you mean `reach`?",
    "pods(app: hr) cannot reach ns:b": "write `app=hr`",
    "pods(app:hr, x=y) cannot reach ns:b": "write `app=hr`",
    "pods(app:) cannot reach ns:b": "write `app=VALUE`",
    "ns(team: hr) cannot reach ns:b": "write `team=hr`",
    "ns:a cannot reach ns:b on ICMP": "no policy says what becomes of ICMP",
    "ns:a cannot reach ns:b on port 443": "write `TCP/443`",
    "ns:a cannot reach ns:b on ports 53/udp": "write `UDP/53`",
    "ns:a cannot reach ns:b on https": "a claim takes no names of ports: write `TCP/443`",
    "namespace corp cannot reach ns:b": "write `ns:corp`",
    "ns:a cannot reach namespace corp": "write `ns:corp`",
    "pod web cannot reach ns:b": "write `NAMESPACE/web`, or `pods(LABEL=VALUE)`",
    "pod shop/web cannot reach ns:b": "write `shop/web`, or `pods(LABEL=VALUE)`",
    "ns:a cannot reach internet": "did you mean `external`?",
    "everyone cannot reach ns:b": "did you mean `anything`?",
}


@pytest.mark.parametrize("claim", MISSES)
def test_claims(claim: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", PODS, "--claim", claim]) == 2
    told = capsys.readouterr().err
    assert f"    {MISSES[claim]}" in told or MISSES[claim] in told.splitlines()[-2]
    assert told.endswith("1 error; nothing was decided\n")


def test_each_near_miss_of_a_claim_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    claim = "namespace a cannot reach pods(app: web) on port 443"
    assert main(["verify", PODS, "--claim", claim]) == 2
    told = capsys.readouterr().err
    assert [line.strip() for line in told.splitlines() if "write" in line] == [
        "write `ns:a`", "write `app=web`", "write `TCP/443`"
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["examples/redis-db/policies/access-demo1.yaml", "several.yaml"])
def test_a_manifest_as_spec(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "several.yaml").write_text("kind: Pod\n---\nkind: Pod\n", encoding="utf-8")
    path = ROOT / name if (ROOT / name).exists() else tmp_path / name
    assert main(["verify", PODS, "--spec", str(path)]) == 2
    told = capsys.readouterr().err
    assert "not a spec" in told
    assert "name manifests as paths" in told


@pytest.mark.parametrize("option", ["--timeout", "--deadline"])
@pytest.mark.parametrize(
    ("text", "seconds"), [("10s", "10"), ("5m", "300"), ("500ms", "0.5"), ("1.5 h", "5400")]
)
def test_seconds_with_a_unit(
    option: str, text: str, seconds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", PODS, "--claim", "ns:a cannot reach ns:b", option, text]) == 2
    assert f"`{text}`: write the seconds without a unit: {seconds}" in capsys.readouterr().err
