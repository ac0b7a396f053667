"""The entries of a claim that say under what it is filed (docs/claims.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from netproof_specs.claim_language.words import quoted
from netproof_specs.filing import Acceptance, Filing, Severity
from netproof_specs.spec_files.nodes import (
    Value,
)

FILING_KEYS = ("control", "owner", "severity", "tags", "accepted")
_ACCEPTED_KEYS = ("until", "by", "ticket", "because")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
TAG = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")


def read_filing(parts: Mapping[str, Value]) -> Filing:
    """What the entries of a claim say of its filing; notes mistakes."""
    severity = parts["severity"].choice("a severity", _SEVERITIES) if "severity" in parts else None
    tags = _texts(parts["tags"], "a tag") if "tags" in parts else ()
    return Filing(
        _texts(parts["control"], "a control") if "control" in parts else (),
        (parts["owner"].line("`owner`") or "") if "owner" in parts else "",
        Severity(severity) if severity in _SEVERITIES else None,
        tuple(tag for tag in tags if _is_tag(parts["tags"], tag)),
        _read_acceptance(parts["accepted"]) if "accepted" in parts else None,
    )


_SEVERITIES = tuple(one.value for one in Severity)


def _texts(value: Value, what: str) -> tuple[str, ...]:
    """One text, or a list of them, each once."""
    values = value.one_or_more("the list is empty", f"name {what}, or leave the entry out")
    texts = (each.line(what) for each in values)
    return tuple(dict.fromkeys(text for text in texts if text is not None))


def _is_tag(at: Value, tag: str) -> bool:
    if TAG.fullmatch(tag):
        return True
    hint = "a tag is at most 64 letters, digits, `-`, `_` and `.`, as in `pci`"
    at.complain(f"{quoted(tag)} cannot be a tag", hint, "bad-tag")
    return False


def _read_acceptance(value: Value) -> Acceptance | None:
    parts = value.known_entries(_ACCEPTED_KEYS, "`accepted`")
    missing = [key for key in ("until", "by", "because") if key not in parts]
    for key in missing:
        hint = "write `accepted: {until: 2027-01-31, by: NAME, ticket: ID, because: TEXT}`"
        value.complain(f"the acceptance has no `{key}`", hint, "missing-field")
    until = _read_day(parts["until"]) if "until" in parts else None
    texts = {
        key: parts[key].line(f"`{key}`") for key in ("by", "because", "ticket") if key in parts
    }
    if until is None or not texts.get("by") or not texts.get("because"):
        return None
    return Acceptance(until, texts["by"] or "", texts["because"] or "", texts.get("ticket") or "")


def _read_day(value: Value) -> date | None:
    """A day as `2027-01-31`, in quotes or without."""
    day = day_of(value.scalar() or "")
    if day is None:
        hint = "write a day of the calendar: `2027-01-31`"
        value.complain("`until` is no day", hint, "bad-value")
    return day


def day_of(text: str) -> date | None:
    """The day that the text names as `2027-01-31`, None for anything else."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
