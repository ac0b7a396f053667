"""Every example runs as its `command` says and prints what its `expected.txt` holds."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from tests.transcripts import settled

from netproof.cli import main
from netproof_specs.spec_files.fleets import read_fleet

EXAMPLES = Path(__file__).parents[1] / "examples"
COMMANDS = sorted(EXAMPLES.rglob("command"))
FORM = re.compile(r"# exit code (?P<code>\d+)\nnetproof (?P<arguments>.+)\n")


def name_of(command: Path) -> str:
    """The folder of the command, below examples/."""
    return str(command.parent.relative_to(EXAMPLES))


@pytest.mark.parametrize("command", COMMANDS, ids=name_of)
def test_example(
    command: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    form = FORM.fullmatch(command.read_text(encoding="utf-8"))
    assert form is not None
    monkeypatch.chdir(command.parent)
    code = main(shlex.split(form["arguments"]))
    printed = capsys.readouterr()
    expected = (command.parent / "expected.txt").read_text(encoding="utf-8")
    assert settled(printed.out + printed.err) == settled(expected)
    assert code == int(form["code"])


def test_every_scenario_is_there() -> None:
    assert {path.name for path in EXAMPLES.iterdir() if path.is_dir()} == {
        "accounts-finance",
        "accounts-finance-as-written",
        "admin-tiers",
        "backend-cassandra",
        "catalogues",
        "coredns-metrics",
        "egress-example",
        "fleet",
        "kinds",
        "merge",
        "namespace-isolation",
        "production",
        "redis-db",
        "vpe-gateway",
    }


def test_every_scenario_is_explained_and_runs() -> None:
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for scenario in (path for path in EXAMPLES.iterdir() if path.is_dir()):
        assert (scenario / "README.md").is_file()
        assert any(scenario.rglob("command"))
        assert f"({scenario.name}/)" in readme


def files_read(command: Path) -> set[Path]:
    """The files below examples/ that the command names, alone or by their folder."""
    named = [(command.parent / word).resolve() for word in command.read_text().split()]
    found = {file for path in named for file in (path, *path.rglob("*.yaml")) if file.is_file()}
    specs = {file for file in found if file.name == "spec.yaml"}
    included = {(file.parent / name).resolve() for file in specs for name in included_by(file)}
    fleets = {file for file in found if file.name == "fleet.yaml"}
    return found | included | {one for file in fleets for one in read_by(file)}


def read_by(fleet: Path) -> set[Path]:
    """The files of the clusters of a fleet, and those that their claims come from."""
    members = read_fleet(str(fleet), fleet.read_bytes())
    named = [Path(one.name) for member in members for one in (*member.paths, *member.specs)]
    return {file for path in named for file in (path, *path.rglob("*.yaml")) if file.is_file()}


def included_by(spec: Path) -> list[str]:
    """The files that the spec includes."""
    return re.findall(r"^  - ([a-z]+\.yaml)$", spec.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_manifest_and_spec_is_read() -> None:
    """A file that no command and no acceptance row reads would never be checked."""
    tables = Path(__file__).parent / "acceptance" / "rows"
    rows = "".join(path.read_text(encoding="utf-8") for path in tables.glob("*.yaml"))
    read = set().union(*map(files_read, COMMANDS))
    unread = [path for path in EXAMPLES.rglob("*.yaml") if path not in read]
    assert [path for path in unread if str(path.relative_to(EXAMPLES)) not in rows] == []
