"""The JSON Schemas (2020-12) of the reports, shipped as `COMMAND.schema.json`."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

COMMANDS = ("compare", "lint", "verify")
"""The commands whose JSON has a schema."""

ERROR = "error"
"""The schema of what any of them writes where nothing was decided."""


def schema(command: str) -> dict[str, Any]:
    """The schema of what `netproof COMMAND --output json` writes; raises ValueError for others.

    `error` is that of what any command writes where nothing was decided.
    """
    if command not in (*COMMANDS, ERROR):
        raise ValueError(f"`{command}` has no schema; known are {', '.join(COMMANDS)}")
    text = files(__name__).joinpath(f"{command}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
