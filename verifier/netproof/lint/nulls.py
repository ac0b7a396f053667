"""What decoding makes of fields without a value, or drops (A.2, A.10, A.15, A.19, B.1, B.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netproof.lint.facts import Facts
from netproof.lint.findings import Finding, finding
from netproof.oracle.network_policy import types_of
from netproof_specs.documents.located import Manifest
from netproof_specs.locations import Location, Step, path_text
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import Direction

_Path = tuple[Step, ...]

_SPEC_FIELDS = {
    "podSelector": (
        "selects every pod of the namespace",
        "write `podSelector: {}` if every pod is meant, else name labels",
    ),
    "policyTypes": (
        "counts as absent: the types follow from the rules",
        "write the types, such as `policyTypes: [Ingress, Egress]`",
    ),
}
_RULE_FIELDS = {
    "from": (
        "admits any source",
        "remove `from` if any source is meant, else list the peers",
    ),
    "to": (
        "admits any destination",
        "remove `to` if any destination is meant, else list the peers",
    ),
    "ports": (
        "admits every port of every protocol",
        "remove `ports` if every port is meant, else list them",
    ),
}
_PEER_FIELDS = {
    "podSelector": (
        "counts as absent: the peer is every pod of the selected namespaces",
        "write `podSelector: {}` or remove it if every pod is meant, else name labels",
    ),
    "namespaceSelector": (
        "counts as absent: the peer is pods of the policy's own namespace only",
        "write `namespaceSelector: {}` for every namespace, or remove it",
    ),
}
_PORT_FIELDS = {
    "port": (
        "admits every port of the protocol",
        "remove `port` if every port is meant, else write its number or name",
    ),
    "protocol": ("counts as TCP", "write `protocol: TCP`, or remove `protocol`"),
}
_SELECTOR_FIELDS = {
    "matchLabels": (
        "asks for no label",
        "write `matchLabels: {}` or remove it if no label is meant, else name labels",
    ),
    "matchExpressions": (
        "asks for no label",
        "write `matchExpressions: []` or remove it if no label is meant",
    ),
}


def _direction_null(policy: NetworkPolicy, direction: Direction) -> tuple[str, str]:
    """What a null list of rules means, and what to write instead (A.10, A.13)."""
    name = direction.value.lower()
    if direction in types_of(policy):
        meaning = "counts as a list without rules, which admits nothing"
        return meaning, f"write `{name}: []` if nothing is to be admitted, else the rules"
    types = ", ".join(one.value for one in Direction if one in {*types_of(policy), direction})
    return (
        f"counts as absent: the policy does not isolate {name}, which stays open",
        f"write `policyTypes: [{types}]` with `{name}: []` to deny {name}, else the rules",
    )


def dropped_fields(facts: Facts) -> Iterator[Finding]:
    """NP025: each unknown field that was dropped."""
    for note in facts.loaded.notes:
        if note.code == "dropped-field":
            message = f"{note.message}: the object is read as if it were not there"
            yield finding("NP025", note.where, message, note.suggestion)


def nulls(facts: Facts) -> Iterator[Finding]:
    """NP015 and NP016: elements and fields of policies without a value, where that matters."""
    for policy, manifest in facts.manifests:
        yield from _Walk(policy, manifest).policy_nulls()


class _Walk:
    """Goes through the object of one policy as it was written.

    A class to spare every step the policy and its manifest.
    """

    def __init__(self, policy: NetworkPolicy, manifest: Manifest) -> None:
        self.policy = policy
        self.manifest = manifest

    def policy_nulls(self) -> Iterator[Finding]:
        """Every null of the policy that changes what it means."""
        spec = self.manifest.value.get("spec")
        if not isinstance(spec, dict):
            yield self._no_spec()
            return
        directions = {one.value.lower(): _direction_null(self.policy, one) for one in Direction}
        yield from self._fields(("spec",), spec, _SPEC_FIELDS | directions)
        yield from self._selector(("spec", "podSelector"), spec.get("podSelector"))
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            for path, rule in self._elements(("spec", direction), spec.get(direction)):
                yield from self._rule(path, rule, peers)

    def _no_spec(self) -> Finding:
        return finding(
            "NP016",
            self.policy.where,
            f"`{self.policy.title}` has no `spec`, so it denies all ingress of every pod in the "
            "namespace",
            "write `spec: {podSelector: {}, policyTypes: [Ingress]}` if that is meant",
            self.policy,
        )

    def _elements(self, path: _Path, value: Any) -> Iterator[tuple[_Path, Any]]:
        for index, element in enumerate(value if isinstance(value, list) else ()):
            yield (*path, index), element

    def _rule(self, path: _Path, rule: Any, peers: str) -> Iterator[Finding]:
        if rule is None:
            yield self._element(path, "it is the empty rule, which admits everything", "- {}")
            return
        yield from self._fields(path, rule, _RULE_FIELDS)
        for at, peer in self._elements((*path, peers), rule.get(peers)):
            yield from self._peer(at, peer)
        for at, port in self._elements((*path, "ports"), rule.get("ports")):
            if port is None:
                what = "it is the empty port, which is every port of TCP"
                yield self._element(at, what, "- protocol: TCP")
            else:
                yield from self._fields(at, port, _PORT_FIELDS)

    def _peer(self, path: _Path, peer: Any) -> Iterator[Finding]:
        if not isinstance(peer, dict):
            return
        yield from self._fields(path, peer, _PEER_FIELDS)
        for name in _PEER_FIELDS:
            yield from self._selector((*path, name), peer.get(name))

    def _selector(self, path: _Path, selector: Any) -> Iterator[Finding]:
        if not isinstance(selector, dict):
            return
        yield from self._fields(path, selector, _SELECTOR_FIELDS)
        labels = selector.get("matchLabels")
        for key, value in labels.items() if isinstance(labels, dict) else ():
            if value is None:
                yield self._empty_value((*path, "matchLabels", key), key)

    def _empty_value(self, path: _Path, key: str) -> Finding:
        return self._null(
            path,
            "asks for the label with the empty value",
            f'write `{key}: ""` if that is meant, else the value; to ask for the key alone use '
            "`matchExpressions` with `Exists`",
        )

    def _fields(
        self, path: _Path, holder: dict[str, Any], fields: dict[str, tuple[str, str]]
    ) -> Iterator[Finding]:
        for name, (meaning, suggestion) in fields.items():
            if name in holder and holder[name] is None:
                yield self._null((*path, name), meaning, suggestion)

    def _null(self, path: _Path, meaning: str, suggestion: str) -> Finding:
        message = f"{path_text(path)}: `{path[-1]}:` without a value {meaning}"
        where = self.manifest.locate_key(path)
        return finding("NP016", where, message, suggestion, self.policy)

    def _element(self, path: _Path, meaning: str, instead: str) -> Finding:
        where: Location = self.manifest.locate(path)
        message = f"{path_text(path)} has no value: {meaning}"
        hint = f"write `{instead}` if that is meant; else indent what belongs to the dash, or "
        return finding("NP015", where, message, f"{hint}remove it", self.policy)
