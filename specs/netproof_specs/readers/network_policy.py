"""networking.k8s.io/v1 NetworkPolicy: the API server's checks, and the policy as written."""

from __future__ import annotations

from netproof_specs.decoding import (
    NO_FIELDS,
    Cursor,
    Decoding,
    Fields,
    Shape,
    elements,
    read_elements,
)
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.network_policy import NetworkPolicy, Peer, PodPeer, PolicyRule
from netproof_specs.model.traffic import Direction
from netproof_specs.readers.blocks import read_block
from netproof_specs.readers.metadata import Identity, check_metadata, read_identity
from netproof_specs.readers.ports import read_port
from netproof_specs.readers.selectors import read_selector

_SPEC_FIELDS = ("podSelector", "policyTypes", "ingress", "egress")
POLICY = Shape(
    "a NetworkPolicy",
    ("apiVersion", "kind", "metadata", "spec", "status"),
    {
        **{name: f"`{name}` belongs in `spec`: indent it" for name in _SPEC_FIELDS},
        **{
            name: f"`{name}` belongs in `metadata`: indent it"
            for name in ("name", "namespace", "labels", "annotations")
        },
        **{
            name: f"`{name}` belongs deeper in `spec`: restore the indentation"
            for name in ("from", "to", "ports", "matchLabels", "matchExpressions")
        },
    },
)
SPEC = Shape(
    "`spec`",
    _SPEC_FIELDS,
    {
        "from": "`from` belongs in a rule: `ingress: [{from: [...]}]`",
        "to": "`to` belongs in a rule: `egress: [{to: [...]}]`",
        "ports": "`ports` belongs in a rule of `ingress` or `egress`",
        "matchLabels": "`matchLabels` belongs in `podSelector`: indent it",
        "matchExpressions": "`matchExpressions` belongs in `podSelector`: indent it",
        "namespaceSelector": "a policy concerns its own namespace: use `metadata.namespace`",
        "namespace": "`namespace` belongs in `metadata`",
        "selector": "did you mean `podSelector`?",
        "types": "did you mean `policyTypes`?",
    },
)
_IN_PEER = {
    name: f"`{name}` belongs in an element of the list of peers: `- {name}: ...`"
    for name in ("podSelector", "namespaceSelector", "ipBlock")
}
_IN_PORT = {
    name: f"`{name}` belongs in an element of `ports`: `ports: [{{{name}: ...}}]`"
    for name in ("port", "protocol", "endPort")
}
INGRESS = Shape(
    "an ingress rule",
    ("from", "ports"),
    {"to": "an ingress rule has `from`; `to` belongs in an egress rule", **_IN_PEER, **_IN_PORT},
)
EGRESS = Shape(
    "an egress rule",
    ("to", "ports"),
    {"from": "an egress rule has `to`; `from` belongs in an ingress rule", **_IN_PEER, **_IN_PORT},
)
PEER = Shape(
    "a peer",
    ("podSelector", "namespaceSelector", "ipBlock"),
    {
        "ports": "move `ports` out of the peer, to stand beside `from` or `to`",
        "matchLabels": "write it below `podSelector:` or `namespaceSelector:`",
        "matchExpressions": "write it below `podSelector:` or `namespaceSelector:`",
        "cidr": "write `ipBlock: {cidr: ...}`",
        "namespace": "write `namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ...}}`",
        "ipBlocks": "did you mean `ipBlock`? It takes one block",
        "serviceAccount": "a NetworkPolicy cannot select service accounts",
    },
)


def read_network_policy(root: Cursor, default: str) -> NetworkPolicy | None:
    """The policy of one object; `None` where what is wrong leaves nothing to hand on.

    `default` is the namespace of a policy that names none (A.50). Problems go to the report.
    """
    given = root.fields(POLICY)
    check_metadata(given.get("metadata"))
    identity = read_identity(given.get("metadata"), root, "the NetworkPolicy")
    spec = given.get("spec")
    parts = spec.fields(SPEC) if spec is not None else NO_FIELDS
    policy = _policy(identity or Identity("", ""), parts, root, default)
    return policy if identity is not None else None


def _policy(identity: Identity, parts: Fields, root: Cursor, default: str) -> NetworkPolicy:
    subject = parts.get("podSelector")
    spec = root.down("spec", None)
    return NetworkPolicy(
        namespace=identity.namespace or default,
        name=identity.name,
        subject=read_selector(subject) if subject else LabelSelector((), spec.where()),
        policy_types=_policy_types(parts.get("policyTypes")),
        ingress=tuple(_rule(rule, INGRESS, "from") for rule in elements(parts.get("ingress"))),
        egress=tuple(_rule(rule, EGRESS, "to") for rule in elements(parts.get("egress"))),
        where=root.manifest.locate_name(),
    )


def _policy_types(cursor: Cursor | None) -> tuple[Direction, ...]:
    """The entries as written (B.17)."""
    entries = elements(cursor)
    found = [_policy_type(entry) for entry in entries]
    if cursor is not None and len(entries) > 2:
        cursor.refuse(
            f"at most two entries are allowed, not {len(entries)}",
            "list `Ingress` and `Egress` once each",
            code="policy-types",
            clause="B.17",
        )
    return tuple(direction for direction in found if direction is not None)


def _policy_type(cursor: Cursor) -> Direction | None:
    text = "" if cursor.value is None else cursor.string()
    return cursor.choose(text, Direction, "policy type", code="policy-types", clause="B.17")


def _rule(cursor: Cursor, shape: Shape, peers: str) -> PolicyRule:
    given = cursor.fields(shape)
    return PolicyRule(
        read_elements(given.get(peers), _peer),
        read_elements(given.get("ports"), read_port),
        cursor.where(),
    )


def _peer(cursor: Cursor) -> Peer | None:
    given = cursor.fields(PEER)
    if not given.readable:
        return None
    pods, namespaces = given.get("podSelector"), given.get("namespaceSelector")
    block = given.get("ipBlock")
    if pods is None and namespaces is None and block is None:
        _empty_peer(cursor, given)
        return None
    if block is None:
        return PodPeer(
            read_selector(namespaces) if namespaces is not None else None,
            read_selector(pods) if pods is not None else None,
            cursor.where(),
        )
    for selector in (pods, namespaces):
        if selector is not None:
            read_selector(selector)
    if pods is not None or namespaces is not None:
        cursor.refuse(
            "`ipBlock` cannot be combined with `podSelector` or `namespaceSelector`",
            "write two peers, each after its own dash",
            code="mixed-peer",
            clause="B.11",
        )
    return read_block(block, cursor.where())


def _empty_peer(cursor: Cursor, given: Fields) -> None:
    """A peer that names none: refused, unless its unknown fields have been reported (B.12)."""
    dropped = f" after dropping the unknown field `{'`, `'.join(given.unknown)}`"
    if given.unknown and cursor.report.decoding is Decoding.STRICT:
        return
    hint = "remove it to allow any peer, or name `podSelector`, `namespaceSelector` or `ipBlock`"
    if given.nulls:
        name = given.nulls[0]
        hint = f"`{name}:` without a value counts as absent: write `{name}: {{}}` to select all"
        if name == "ipBlock":
            hint = "`ipBlock:` without a value counts as absent: write `ipBlock: {cidr: ...}`"
    cursor.refuse(
        f"must name a peer{dropped if given.unknown else ''}",
        hint,
        code="empty-peer",
        clause="B.12",
    )
