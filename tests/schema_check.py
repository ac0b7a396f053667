"""Checks a JSON report against the schema that ships with the package."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from netproof.schemas import schema


def checked(text: str, command: str = "verify") -> dict[str, Any]:
    """The report, which must be valid under its command's schema."""
    data: dict[str, Any] = json.loads(text)
    validator = jsonschema.Draft202012Validator(schema(command))
    problems = [f"{one.json_path}: {one.message}" for one in validator.iter_errors(data)]
    assert problems == []
    return data
