"""Findings that the input asks not to report: by a comment on the line, or by an annotation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from netproof.lint.facts import Facts
from netproof.lint.findings import Finding, Suppressed
from netproof_specs.documents.located import Manifest
from netproof_specs.frozen import Frozen
from netproof_specs.loading import resolve
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.sources.contents import plain

ANNOTATION = "netproof/ignore"
_CODES = r"(NP[0-9]{3}(?:[\s,]+NP[0-9]{3})*)\b"
_REASON = r"\s*(?:--|:)?\s*(.*?)\s*$"
_COMMENT = re.compile(rf"(?:^|\s)#\s*netproof:\s*ignore\s+{_CODES}{_REASON}")
_ENTRY = re.compile(rf"\s*{_CODES}{_REASON}")


class Ignores(Frozen):
    """What is asked not to be reported, as reasons by code: on lines, and for policies."""

    lines: Mapping[tuple[str, int], Mapping[str, str]]
    policies: Mapping[tuple[str, str], Mapping[str, str]]


def ignores_of(facts: Facts) -> Ignores:
    """The comments `# netproof: ignore NP012 -- reason` and the annotations of policies.

    A comment on a line of its own counts for the next line that holds more than a comment.
    """
    lines: dict[tuple[str, int], dict[str, str]] = {}
    documents = facts.loaded.documents
    for name, data in documents.texts.items():
        text = plain(data)
        if b"netproof:" in text and name not in documents.json_texts:
            lines.update(_in_file(name, text.decode("utf-8", "replace")))
    policies = {
        (policy.namespace, policy.name): found
        for policy, manifest in facts.manifests
        if (found := _annotated(manifest))
    }
    return Ignores(lines, policies)


def _in_file(name: str, text: str) -> dict[tuple[str, int], dict[str, str]]:
    found: dict[tuple[str, int], dict[str, str]] = {}
    waiting: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        match = _COMMENT.search(line)
        reasons = _reasons(match[1], match[2]) if match else {}
        if not line.strip() or line.lstrip().startswith("#"):
            waiting |= reasons
            continue
        if waiting or reasons:
            found[name, number] = waiting | reasons
            waiting = {}
    return found


def _reasons(codes: str, reason: str | None) -> dict[str, str]:
    return dict.fromkeys(re.findall(r"NP[0-9]{3}", codes), reason or "")


def _annotated(manifest: Manifest) -> dict[str, str]:
    """The annotation `netproof/ignore: "NP012 reason; NP004 another reason"`."""
    annotations = manifest.value["metadata"].get("annotations") or {}
    found: dict[str, str] = {}
    for entry in str(annotations.get(ANNOTATION) or "").split(";"):
        match = _ENTRY.match(entry)
        if match:
            found |= _reasons(match[1], match[2])
    return found


def split(
    findings: Iterable[Finding], facts: Facts
) -> tuple[tuple[Finding, ...], tuple[Suppressed, ...]]:
    """The findings to report, and those that the input asks not to."""
    reason = _reason_of(ignores_of(facts), facts)
    kept: list[Finding] = []
    suppressed: list[Suppressed] = []
    for one in findings:
        why = reason(one)
        if why is None:
            kept.append(one)
        else:
            suppressed.append(Suppressed(one, why))
    return tuple(kept), tuple(suppressed)


def _reason_of(ignores: Ignores, facts: Facts) -> Callable[[Finding], str | None]:
    def reason(one: Finding) -> str | None:
        found = ignores.policies.get(_identity(one.policy), {}).get(one.code)
        if found is None and one.where is not None and ignores.lines:
            where = resolve(one.where, facts.loaded)
            found = ignores.lines.get((where.file, where.line), {}).get(one.code)
        return found

    return reason


def _identity(policy: AnyPolicy | None) -> tuple[str, str]:
    return ("", "") if policy is None else (policy.namespace, policy.name)
