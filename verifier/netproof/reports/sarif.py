"""Findings as SARIF 2.1.0, within what GitHub's code scanning reads."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from urllib.parse import quote

from netproof.about import VERSION
from netproof.reports.data import Data
from netproof.reports.facts import ENFORCEMENT, Facts
from netproof.reports.results import Level, Result, ResultKind, Spot, Told
from netproof.reports.serial import json_text
from netproof_specs.frozen import replace

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
HELP = "https://kubernetes.io/docs/concepts/services-networking/network-policies/"
ROOT = "%SRCROOT%"
MAX_RESULTS = 25_000
"""GitHub rejects a run with more, and shows the first 5,000: so the worst come first."""
MAX_RELATED = 99
"""GitHub reads 100 locations of a result."""
MAX_MESSAGE = 1000
TAGS = ("kubernetes", "network-policy")
STDIN = "stdin"

_RANKS = {Level.ERROR: 0, Level.WARNING: 1, Level.NOTE: 2, Level.NONE: 3}


def sarif_text(told: Told) -> str:
    """One run of a command, with the findings ordered from bad to harmless."""
    ordered = sorted(told.findings, key=lambda one: _RANKS[one.level])
    run = _run(told.command, told.rules, ordered) | {"properties": _properties(told.facts)}
    return _text(run)


def _text(run: Data) -> str:
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _run(command: str, rules: Sequence[ResultKind], findings: Sequence[Result]) -> Data:
    indices = {rule.id: index for index, rule in enumerate(rules)}
    shown = findings[:MAX_RESULTS]
    prints = fingerprints(shown)
    return {
        "tool": {
            "driver": {
                "name": "netproof",
                "version": VERSION,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "automationDetails": {"id": f"netproof/{command}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "Where netproof ran."}}},
        "invocations": [_invocation(len(findings) - len(shown))],
        "results": [
            _result(one, indices[one.rule.id], mark)
            for one, mark in zip(shown, prints, strict=True)
        ],
    }


def code_scanning_text(told: Told) -> str:
    """The same without what is proved: GitHub's code scanning takes every result for an alert."""
    wrong = [one for one in told.findings if one.level is not Level.NONE]
    return sarif_text(replace(told, findings=wrong))


def failed_sarif_text(told: Told, code: int) -> str:
    """One run that failed with an exit code, for the reasons found."""
    failed = _invocation(0) | {"executionSuccessful": False, "exitCode": code}
    return _text(_run(told.command, told.rules, told.findings) | {"invocations": [failed]})


def _properties(facts: Facts) -> Data:
    """The values of all facts by title, which several facts may share."""
    found: dict[str, list[str]] = {}
    for fact in facts:
        found.setdefault(fact.title, []).extend(fact.values)
    return {"netproof": found}


def _invocation(cut: int) -> Data:
    """What GitHub does not read, but a person might: how many findings were left out."""
    notes = [{"level": "warning", "message": {"text": f"{cut} more findings were left out."}}][
        : 1 if cut else 0
    ]
    return {"executionSuccessful": True, "toolExecutionNotifications": notes}


def _rule(rule: ResultKind) -> Data:
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.short},
        "fullDescription": {"text": rule.full},
        "help": {"text": f"{rule.full} {rule.help}", "markdown": _page(rule)},
        "helpUri": HELP,
        "defaultConfiguration": {"level": rule.level.value},
        "properties": {"tags": list(TAGS), "precision": "very-high"},
    }


def _page(rule: ResultKind) -> str:
    """The help page of a rule, which an alert shows."""
    return (
        f"# {rule.short}\n\n{rule.full}\n\n## What to do\n\n{rule.help}\n\n"
        "## What it rests on\n\nThe properties `netproof` of the run, and of a result where it "
        "has them: the world, the assumptions and what turns the verdict, what was read and "
        f"left out, and by which version.\n\n{ENFORCEMENT}\n"
    )


def _result(finding: Result, index: int, mark: str) -> Data:
    result: Data = {
        "ruleId": finding.rule.id,
        "ruleIndex": index,
        "kind": "pass" if finding.level is Level.NONE else "fail",
        "level": finding.level.value,
        "message": {"text": _message(finding.message)},
        "locations": [_location(one) for one in finding.spots[:1]],
        "partialFingerprints": {"primaryLocationLineHash": mark, "netproofFinding/v1": mark},
    }
    related = [
        _location(one) | {"id": number, "message": {"text": _message(one.text)}}
        for number, one in enumerate(finding.spots[1 : MAX_RELATED + 1], 1)
    ]
    properties = {"properties": _properties(finding.facts)} if finding.facts else {}
    if finding.accepted:
        accepted = {"kind": "external", "status": "accepted", "justification": finding.accepted}
        result["suppressions"] = [accepted]
    return result | ({"relatedLocations": related} if related else {}) | properties


def _location(spot: Spot) -> Data:
    where = spot.where
    place: Data = {"artifactLocation": artifact(where.file)}
    if where.line:
        place["region"] = {"startLine": where.line, "startColumn": where.column}
    return {"physicalLocation": place}


def artifact(file: str) -> Data:
    """The file relative to the folder where netproof ran, or absolute where it lies elsewhere."""
    path = relative_path(file)
    quoted = quote(_bytes(path.replace(os.sep, "/")))
    if os.path.isabs(path):
        return {"uri": f"file://{'' if quoted.startswith('/') else '/'}{quoted}"}
    return {"uri": quoted, "uriBaseId": ROOT}


def _bytes(path: str) -> bytes:
    """The bytes of a path, those that are no text among them (PEP 383)."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogatepass")


def relative_path(file: str) -> str:
    """The file's path from here; one of a revision (`git:REV:PATH`) by its path in that."""
    if file == "-":
        return STDIN
    if file.startswith("git:") and file.count(":") >= 2:
        file = file.split(":", 2)[2]
    path = os.path.normpath(file)
    absolute = os.path.abspath(path)
    inside = os.path.relpath(absolute)
    return absolute if inside == ".." or inside.startswith(f"..{os.sep}") else inside


def _message(text: str) -> str:
    """Plain text in which nothing reads as a placeholder or a link (SARIF 3.11.5, 3.11.6)."""
    cut = text if len(text) <= MAX_MESSAGE else f"{text[: MAX_MESSAGE - 3]}..."
    return cut.replace("{", "{{").replace("}", "}}").replace("](", "] (")


def fingerprints(findings: Sequence[Result]) -> Iterator[str]:
    """A mark for each finding that stays when lines move; equal findings are numbered."""
    seen: Counter[str] = Counter()
    for one in findings:
        words = "\0".join((one.rule.id, *one.identity))
        mark = sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        seen[mark] += 1
        yield f"{mark}:{seen[mark]}"
