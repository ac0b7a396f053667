"""The JSON Schemas (2020-12) of the reports, shipped as `COMMAND.schema.json`."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

COMMANDS = ("compare", "fleet", "lint", "verify", "watch")
"""The commands whose JSON has a schema."""

EVIDENCE = ("bundle", "fleet-bundle", "legend", "connection", "forms")
"""The files of a bundle of evidence that have a schema: `index.json`, that of a fleet,
`legend.json`, `connection.json` and `forms.json`."""
MAPS = ("connections", "connections-summary", "explain")
"""The schemas of what no solver is asked for."""
CONNECTIVITY = "connectivity"
"""The schema of what `compare --what connectivity` writes."""

ERROR = "error"
"""The schema of what any of them writes where nothing was decided."""

_WITH_VERIFY = ("fleet", "connection", "watch")
"""Those that name parts of the schema of `verify` by its `$id`."""


def schema(command: str) -> dict[str, Any]:
    """The schema of what `netproof COMMAND --output json` writes; raises ValueError for others.

    `connectivity` is that of `compare --what connectivity`, `connections-summary` that of
    `connections --summary`, `bundle`, `fleet-bundle`, `legend`, `connection` and `forms` are
    those of files of a bundle, `error` that of what any command writes where nothing was decided.
    """
    known = (*COMMANDS, CONNECTIVITY, *MAPS, *EVIDENCE, ERROR)
    if command not in known:
        raise ValueError(f"`{command}` has no schema; known are {', '.join(known)}")
    found = _read(command)
    if command in _WITH_VERIFY:
        found["$defs"]["verifyReport"] = _read("verify")
    return found


def _read(name: str) -> dict[str, Any]:
    text = files(__name__).joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
