"""What did not hold in an earlier report."""

from __future__ import annotations

import json
from typing import Any

from netproof.verdicts import Outcome

_WORDS = {one.value for one in Outcome}


class BaselineError(Exception):
    """A file that is no report of `netproof verify --output json`; says why."""


def known_failures(data: bytes) -> frozenset[tuple[str, str, str]]:
    """Id, text and verdict of each claim of the report that is not proved."""
    try:
        report: Any = json.loads(data)
        claims = [(one["id"], one["claim"], _outcome(one["verdict"])) for one in report["claims"]]
    except (ValueError, LookupError, TypeError) as error:
        raise BaselineError("it is no report of `netproof verify --output json`") from error
    if report.get("command") != "verify" or not all(
        isinstance(word, str) for one in claims for word in one
    ):
        raise BaselineError("it is no report of `netproof verify --output json`")
    if unknown := {one[2] for one in claims} - _WORDS:
        raise BaselineError(f"it has a verdict that this version does not know: {min(unknown)}")
    return frozenset(one for one in claims if one[2] != Outcome.PROVED.value)


def _outcome(told: Any) -> Any:
    """The verdict by itself, of one that says what was left out of the input."""
    return told.partition(" without ")[0] if isinstance(told, str) else told
