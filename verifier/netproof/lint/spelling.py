"""Label keys and values that look misspelt (B.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from netproof.lint.facts import Facts, peer_selectors, rules_in_force
from netproof.lint.findings import Finding, finding
from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location
from netproof_specs.model.labels import Labels, Requirement
from netproof_specs.model.network_policy import NetworkPolicy

_LONG_ENOUGH = 4


class _Mention(Frozen):
    """A requirement of a selector on labels of `what`: pods or namespaces."""

    policy: NetworkPolicy
    what: str
    requirement: Requirement
    subject: bool


def misspelt(facts: Facts) -> Iterator[Finding]:
    """NP013 and NP014: keys and values that nothing carries and that resemble ones in use."""
    mentions = list(_mentions(facts))
    pods = [one.labels for one in (*facts.cluster.workloads, *facts.loaded.dormant)]
    spaces = [one.labels for one in facts.cluster.namespaces if one.declared]
    for what, carried in (("pod", pods), ("namespace", spaces)):
        chosen = [one for one in mentions if one.what == what]
        if carried:
            yield from _against_carried(chosen, carried)
        else:
            yield from _against_each_other(chosen)
    yield from _unmentioned(facts, mentions)


def _mentions(facts: Facts) -> Iterator[_Mention]:
    for policy in facts.policies:
        for one in policy.subject.requirements:
            yield _Mention(policy, "pod", one, subject=True)
        for placed in rules_in_force(policy):
            for what, selector in peer_selectors(placed.rule.peers):
                for one in selector.requirements:
                    yield _Mention(policy, what, one, subject=False)


def _values(carried: Iterable[Labels]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for labels in carried:
        for key, value in labels:
            found.setdefault(key, set()).add(value)
    return found


def _against_carried(mentions: list[_Mention], carried: list[Labels]) -> Iterator[Finding]:
    """Mentions of what no object carries, where some object carries something similar."""
    values = _values(carried)
    keys: dict[str, str | None] = {}
    for one in mentions:
        key = one.requirement.key
        if key in values:
            yield from _values_against(one, values[key])
            continue
        if key not in keys:
            keys[key] = nearest(key, values)
        near = keys[key]
        if near is not None:
            yield _key_finding(one, near, f"{one.what}s carry `{near}`")


def _values_against(one: _Mention, carried: set[str]) -> Iterator[Finding]:
    for value in one.requirement.values:
        near = None if value in carried else nearest(value, carried)
        if near is not None:
            yield _value_finding(one, value, near, f"{one.what}s carry")


def _against_each_other(mentions: list[_Mention]) -> Iterator[Finding]:
    """Mentions whose case differs from that of another mention, where no object can tell.

    The spelling that fewer mentions have is the odd one; among equals, one that no policy's own
    subject uses, then one with capital letters.
    """
    yield from _odd_keys(mentions)
    by_key: dict[str, list[_Mention]] = {}
    for one in mentions:
        by_key.setdefault(one.requirement.key, []).append(one)
    for those in by_key.values():
        odd = _odd((value, one.subject) for one in those for value in one.requirement.values)
        for one in those:
            for value in one.requirement.values:
                if value in odd:
                    yield _value_finding(one, value, odd[value], "other selectors ask for")


def _odd_keys(mentions: list[_Mention]) -> Iterator[Finding]:
    odd = _odd((one.requirement.key, one.subject) for one in mentions)
    for one in mentions:
        near = odd.get(one.requirement.key)
        if near is not None:
            yield _key_finding(one, near, f"other selectors ask for `{near}`")


def _odd(words: Iterable[tuple[str, bool]]) -> dict[str, str]:
    """Each odd spelling with the usual one."""
    counts: Counter[str] = Counter()
    subjects: Counter[str] = Counter()
    spellings: dict[str, set[str]] = {}
    for word, subject in words:
        counts[word] += 1
        subjects[word] += subject
        spellings.setdefault(word.lower(), set()).add(word)

    def usual(word: str) -> tuple[int, int, int, str]:
        return subjects[word] > 0, counts[word], -sum(ch.isupper() for ch in word), word

    found: dict[str, str] = {}
    for same in spellings.values():
        if len(same) > 1:
            best = max(same, key=usual)
            found.update({word: best for word in same if word != best})
    return found


def _key_finding(one: _Mention, near: str, evidence: str) -> Finding:
    key = one.requirement.key
    return finding(
        "NP013",
        one.requirement.where or one.policy.where,
        f"`{one.policy.title}` asks for the label `{key}` of {one.what}s, but {evidence}",
        f"write `{near}` if that is meant: keys that differ {_how(key, near)} are different keys",
        one.policy,
    )


def _value_finding(one: _Mention, value: str, near: str, evidence: str) -> Finding:
    key = one.requirement.key
    return finding(
        "NP014",
        one.requirement.where or one.policy.where,
        f"`{one.policy.title}` asks for `{key}={value}`, but {evidence} `{key}={near}`",
        f"write `{near}` if that is meant: values that differ {_how(value, near)} are different",
        one.policy,
    )


def _how(left: str, right: str) -> str:
    return "only in case" if left.lower() == right.lower() else "in one letter"


def _unmentioned(facts: Facts, mentions: list[_Mention]) -> Iterator[Finding]:
    """NP013 at pods whose label differs only in case from one that selectors ask for."""
    asked = {one.requirement.key for one in mentions if one.what == "pod"}
    usual = {key.lower(): key for key in sorted(asked)}
    carried = {key for one in facts.cluster.workloads for key, _ in one.labels}
    for workload in facts.cluster.workloads:
        keys = {key for key, _ in workload.labels}
        for key in sorted(keys - asked):
            near = usual.get(key.lower())
            if near is not None and near not in keys and near in carried:
                title = f"{workload.namespace}/{workload.name}"
                yield _carried_finding(workload.where, title, key, near)


def _carried_finding(where: Location | None, title: str, key: str, near: str) -> Finding:
    return finding(
        "NP013",
        where,
        f"{title} carries the label `{key}`, but the policies ask for `{near}`",
        f"write `{near}` if that is meant: keys that differ only in case are different keys",
    )


def nearest(word: str, words: Iterable[str]) -> str | None:
    """A word that differs from `word` only in case, else one that is one edit away, else None.

    Short words, and words that differ in a digit or in a part of one letter (`shard-a`), are too
    often meant as they are.
    """
    others = sorted(set(words) - {word})
    for other in others:
        if other.lower() == word.lower():
            return other
    if len(word) < _LONG_ENOUGH:
        return None
    return next((other for other in others if _one_edit(word, other)), None)


def _one_edit(left: str, right: str) -> bool:
    """Whether inserting, dropping, changing or swapping one letter leads from one to the other."""
    if abs(len(left) - len(right)) > 1 or min(len(left), len(right)) < _LONG_ENOUGH:
        return False
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    one, other = left[start:], right[start:]
    if not _letters(one[:1] + other[:1]) or _counts(left, right, start):
        return False
    swapped = len(one) > 1 and len(other) > 1 and one[:2] == other[1::-1]
    return (
        one[1:] == other[1:]
        or one[1:] == other
        or one == other[1:]
        or (swapped and one[2:] == other[2:])
    )


def _counts(left: str, right: str, at: int) -> bool:
    """Whether the words differ in parts of one letter that begin at an index."""
    before = at == 0 or not left[at - 1].isalnum()
    return before and all(not word[at + 1 : at + 2].isalnum() for word in (left, right))


def _letters(text: str) -> bool:
    return text.isalpha()
