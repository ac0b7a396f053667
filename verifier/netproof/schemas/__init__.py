"""The JSON Schemas (2020-12) of the reports, shipped as `COMMAND.schema.json`."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

COMMANDS = ("compare", "fleet", "lint", "verify")
"""The commands whose JSON has a schema."""

EVIDENCE = ("bundle", "fleet-bundle", "legend")
"""The files of a bundle of evidence that have a schema: `index.json`, that of a fleet, and
`legend.json`."""
CONNECTIVITY = "connectivity"
"""The schema of what `compare --what connectivity` writes."""

FLEET = "fleet"

ERROR = "error"
"""The schema of what any of them writes where nothing was decided."""


def schema(command: str) -> dict[str, Any]:
    """The schema of what `netproof COMMAND --output json` writes; raises ValueError for others.

    `connectivity` is that of `compare --what connectivity`, `bundle` and `legend` are those of
    files of a bundle, `error` that of what any command writes where nothing was decided.
    """
    if command not in (*COMMANDS, CONNECTIVITY, *EVIDENCE, ERROR):
        known = ", ".join((*COMMANDS, CONNECTIVITY, *EVIDENCE))
        raise ValueError(f"`{command}` has no schema; known are {known}")
    found = _read(command)
    if command == FLEET:
        # It holds reports of `verify`, whose schema it names by its `$id`: together they are whole.
        found["$defs"]["verifyReport"] = _read("verify")
    return found


def _read(name: str) -> dict[str, Any]:
    text = files(__name__).joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
