"""The three rooms stand in one line: imports lead from verifier to encodings to specs, never back.

docs/decisions: 0001 (source roots), 0002 (text between encodings and solver), 0003 (the oracle
apart from the encodings).
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest

from netproof.about import VERSION

ROOT = Path(__file__).parents[1]
ROOMS = {
    "netproof_specs": ROOT / "specs",
    "netproof_encodings": ROOT / "encodings",
    "netproof": ROOT / "verifier",
}
MAY_IMPORT = {
    "netproof_specs": {"netproof_specs"},
    "netproof_encodings": {"netproof_encodings", "netproof_specs"},
    "netproof": {"netproof", "netproof_encodings", "netproof_specs"},
}
ORACLE = {f"netproof.oracle.{name}" for name in ("claims", "connections", "network_policy")}
DATA = {"netproof.comparisons", "netproof.decisions", "netproof.verdicts"}
"""Modules of the verifier that state what was found; the oracle may speak in their words."""
LATE = {"netproof", "netproof.cli"}
"""Modules that import others of their own package only when those are wanted."""


@dataclass(frozen=True, slots=True)
class Import:
    """Module `importer` imports `imported`, a module or a name in one."""

    importer: str
    imported: str

    @property
    def package(self) -> str:
        """The first part of what is imported."""
        return self.imported.partition(".")[0]


@cache
def imports() -> tuple[Import, ...]:
    """Every import of every module, wherever in the module it stands."""
    return tuple(
        Import(name_of(path, folder), imported)
        for package, folder in ROOMS.items()
        for path in sorted((folder / package).rglob("*.py"))
        for imported in imported_by(ast.parse(path.read_text(encoding="utf-8")))
    )


def name_of(path: Path, folder: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(folder).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_by(tree: ast.AST) -> Iterator[str]:
    """What a module's text imports; a relative import is none of ours."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def below(name: str, module: str) -> bool:
    """Whether the name is the module or something in it."""
    return name == module or name.startswith(f"{module}.")


def test_there_is_something_to_look_at() -> None:
    assert {one.importer.partition(".")[0] for one in imports()} == {*ROOMS}
    assert len(imports()) > 200


def test_imports_by_name_are_few() -> None:
    assert {one.importer for one in imports() if "import_module" in one.imported} <= LATE
    for package, folder in ROOMS.items():
        for path in (folder / package).rglob("*.py"):
            assert name_of(path, folder) in LATE or "import_module" not in path.read_text("utf-8")


@pytest.mark.parametrize("room", ROOMS)
def test_imports_lead_one_way(room: str) -> None:
    forbidden = {*ROOMS} - MAY_IMPORT[room]
    back = [one for one in imports() if below(one.importer, room) and one.package in forbidden]
    assert back == []


LAYERS = (
    *("logic", "decision", "vocabulary", "lowering", "parts"),
    *("meaning", "obligations", "models", "differences"),
)
"""The folders of the encodings, each of which builds on those before it (ARCHITECTURE.md)."""


def test_folders_of_the_encodings_stand_in_a_line() -> None:
    room = ROOMS["netproof_encodings"] / "netproof_encodings"
    assert {path.parent.name for path in room.rglob("*/*.py")} == {*LAYERS}
    for one in imports():
        if one.importer.startswith("netproof_encodings.") and one.package == "netproof_encodings":
            upper, lower = (name.split(".")[1] for name in (one.importer, one.imported))
            assert LAYERS.index(lower) <= LAYERS.index(upper), one


def test_one_module_imports_z3() -> None:
    assert {one.importer for one in imports() if one.package == "z3"} == {"netproof.solving"}


def test_oracle_knows_nothing_of_the_encodings() -> None:
    """What the two decide is compared, so they share the model and nothing else."""
    assert {one.importer for one in imports()} >= ORACLE
    for one in imports():
        if one.importer in DATA or below(one.importer, "netproof.oracle"):
            assert one.package not in {"netproof_encodings", "ipaddress", "z3"}, one
            ours = one.package != "netproof" or below(one.imported, "netproof.oracle")
            assert ours or one.imported.rpartition(".")[0] in DATA, one


def test_connectivity_reads_tiers_and_is_held_against_the_oracle() -> None:
    """It knows no policy kind; from the oracle it has decisions to compare, and membership."""
    kinds = {"network_policy"}
    asked = set()
    for one in imports():
        if below(one.importer, "netproof.connectivity"):
            assert kinds.isdisjoint(one.imported.split(".")), one
            if below(one.imported, "netproof.oracle"):
                asked.add((one.importer, one.imported.rpartition(".")[0]))
    assert asked == {
        ("netproof.connectivity.sampling", "netproof.oracle.claims"),
        ("netproof.connectivity.sampling", "netproof.oracle.connections"),
        ("netproof.connectivity.sampling", "netproof.oracle.forwarded"),
        ("netproof.connectivity.units", "netproof.oracle.claims"),
    }


KINDS = ("network_policy", "admin_policy", "calico")
"""How the modules of policy kinds are called, in each of the four rooms that a kind has."""
ROOMS_OF_KINDS = (
    "netproof_specs.model",
    "netproof_specs.readers",
    "netproof_specs.typed",
    "netproof_specs.loading",
    "netproof.oracle",
    "netproof_encodings.lowering",
)
AS_WRITTEN = {
    f"netproof.lint.{name}"
    for name in (*("directions", "dns", "facts", "matching", "nulls", "overlaps", "spelling"),)
}
"""Lint's findings on what is written, whatever it means: a family of its own for each kind."""


def is_of_kind(module: str) -> bool:
    """Whether the last part of a module's name is that of a policy kind's own module."""
    last = module.rpartition(".")[2]
    return any(last == kind or last.startswith(f"{kind}_") for kind in KINDS)


def test_few_rooms_know_a_policy_kind() -> None:
    """All the others read tiers, so that a new kind changes nothing in them."""
    modules = {one.imported for one in imports()} | {one.importer for one in imports()}
    assert any(is_of_kind(module) for module in modules)
    for one in imports():
        module = one.imported if is_of_kind(one.imported) else one.imported.rpartition(".")[0]
        if is_of_kind(module) and not is_of_kind(one.importer):
            known = any(below(one.importer, room) for room in ROOMS_OF_KINDS)
            assert known or one.importer in AS_WRITTEN, one


TWINS = {
    ("oracle/labels.py", "meaning/labels.py"): (("matches", "selected"), ("holds", "meets")),
    ("oracle/addresses.py", "meaning/addresses.py"): (("in_block", "in_block"),),
    ("oracle/connections.py", "meaning/connections.py"): (
        ("decide", "allowed"),
        ("decide_side", "side_allows"),
    ),
    ("oracle/claims.py", "meaning/claims.py"): (("member", "member"),),
    ("oracle/forwarded.py", "meaning/passing.py"): (("passed", "passes_at"),),
    ("oracle/network_policy.py", "lowering/network_policy.py"): (
        ("evaluate", "lower"),
        ("types_of", "types_of"),
        ("applies", "lower_policy"),
        ("rule_admits", "lower_rule"),
        ("peer_matches", "lower_peer"),
    ),
}
"""Decision 0003: what says one thing twice, once of a value and once as a term, in one order."""


@pytest.mark.parametrize("files", TWINS, ids=lambda files: files[0])
def test_twins_line_up(files: tuple[str, str]) -> None:
    oracle = functions_of(ROOT / "verifier/netproof" / files[0])
    encoding = functions_of(ROOT / "encodings/netproof_encodings" / files[1])
    for names, place in ((oracle, 0), (encoding, 1)):
        listed = [pair[place] for pair in TWINS[files]]
        assert [name for name in names if name in listed] == listed


def functions_of(path: Path) -> list[str]:
    """The functions of a module, in its order."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def test_encodings_stand_on_their_own() -> None:
    """They print text and need no solver, and do not read addresses with the oracle's library."""
    packages = {one.package for one in imports() if below(one.importer, "netproof_encodings")}
    assert packages <= {*sys.stdlib_module_names, "netproof_encodings", "netproof_specs"}


def test_model_has_no_semantics() -> None:
    """Only the oracle and the encodings say what matches: the model imports neither library."""
    model = [one for one in imports() if below(one.importer, "netproof_specs.model")]
    assert {one.package for one in model} <= {"__future__", "dataclasses", "enum", "netproof_specs"}


def test_source_roots_are_no_packages() -> None:
    """A file `encodings/__init__.py` would take the place of Python's own `encodings`."""
    for folder in ROOMS.values():
        assert not (folder / "__init__.py").exists()


@pytest.mark.parametrize("package", ROOMS)
def test_packages_are_typed(package: str) -> None:
    assert (ROOMS[package] / package / "py.typed").is_file()


def test_interpreter_starts_with_the_root_on_its_path() -> None:
    places = [ROOT, *ROOMS.values()]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, places))}
    code = "import encodings.utf_8, netproof, netproof_encodings, netproof_specs; print('started')"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, "started\n"), run.stderr


def test_package_has_the_version_of_the_code() -> None:
    assert metadata.version("netproof") == VERSION


def test_one_module_imports_the_sat_solver() -> None:
    assert {one.importer for one in imports() if one.package == "pysat"} == {"netproof.proofs.sat"}


def test_the_checker_of_bundles_needs_nothing_but_python() -> None:
    needed = {one.package for one in imports() if one.importer == "netproof.bundles.check"}
    assert needed == {"__future__", "hashlib", "json", "os", "sys", "zipfile"}
    text = (ROOT / "verifier/netproof/bundles/check.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150


def test_help_does_not_load_z3() -> None:
    """Only a check pays for the solver."""
    loaded = "import sys, netproof.cli; print('z3' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, ROOMS.values()))}
    run = subprocess.run(
        [sys.executable, "-c", loaded],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert run.stdout == "False\n"
