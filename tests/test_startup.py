"""What a command loads before it does anything: on small clusters that is most of its time."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.test_frozen import classes_of_the_project

ROOT = Path(__file__).resolve().parent.parent
ROOMS = [str(ROOT / name) for name in ("verifier", "encodings", "specs")]

FOLDER = "examples/accounts-finance/manifests"
CLAIM = "only pods(tier=backend) can reach pods(tier=db) in ns:accounts"
COMMANDS = {
    "verify": [FOLDER, "--claim", CLAIM],
    "compare": [FOLDER, FOLDER],
    "connections": [FOLDER],
    "lint": [FOLDER],
}
"""The commands, with what asks each of them something."""

OTHERS = {
    *("netproof.fleet", "netproof.workspace", "netproof.rechecking"),
    *("junitparser", "tqdm", "pysat", "dask", "watchfiles", "bitwuzla", "cvc5"),
    *("importlib.metadata", "email.message", "http", "ssl", "asyncio", "unittest", "pydoc"),
}
"""What no such run needs."""


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_loads_nothing_that_it_does_not_need(command: str) -> None:
    loaded = modules_of([command, *COMMANDS[command], "--output", "json"])
    assert f"netproof.commands.{command}" in loaded
    assert not OTHERS & loaded
    assert command != "connections" or "z3" not in loaded
    assert len({name for name in loaded if name.startswith("netproof")}) <= 400


def modules_of(arguments: list[str]) -> set[str]:
    """The modules that are loaded once a command has done its work."""
    asked = (
        "import sys; from netproof.cli import main; "
        f"code = main({arguments!r}); assert code in (0, 1), code; "
        "print(*sys.modules, file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", asked],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(ROOMS)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(run.stderr.splitlines()[-1].split())


def test_classes_are_made_by_dataclasses_only_for_what_that_alone_can_say() -> None:
    """It takes 0.4 ms for each, which all commands pay: decision 0035."""
    for kind in classes_of_the_project():
        if not dataclasses.is_dataclass(kind) or hasattr(kind, "__struct_fields__"):
            continue
        fields = dataclasses.fields(kind)
        changes = not kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
        odd = any(not one.compare or not one.repr for one in fields)
        assert changes or odd, f"make {kind} of netproof_specs.frozen.Frozen"
