"""Calico's NetworkPolicy, GlobalNetworkPolicy, Tier and Profile (D.4 to D.16, D.40, D.41)."""

from __future__ import annotations

from netproof_specs.decoding import (
    NO_FIELDS,
    Cursor,
    Fields,
    Shape,
    shown,
)
from netproof_specs.model.calico import (
    CalicoAction,
    CalicoNetworkPolicy,
    CalicoSpec,
    CalicoTier,
    Forward,
    GlobalNetworkPolicy,
    Profile,
    Stage,
)
from netproof_specs.readers.calico_fields import (
    read_flag,
    read_order,
    read_selector_text,
    read_texts,
    read_types,
)
from netproof_specs.readers.calico_rules import read_rules
from netproof_specs.readers.metadata import (
    Identity,
    check_metadata,
    read_identity,
    read_labels,
)

_COMMON = (
    "tier",
    "order",
    "selector",
    "serviceAccountSelector",
    "types",
    "ingress",
    "egress",
    "performanceHints",
)
_HINTS = {
    "podSelector": "write `selector: \"key == 'value'\"`",
    "policyTypes": "did you mean `types`?",
    "namespace": "`namespace` belongs in `metadata`",
    "source": "`source` belongs in a rule of `ingress` or `egress`",
    "destination": "`destination` belongs in a rule of `ingress` or `egress`",
    "action": "`action` belongs in a rule of `ingress` or `egress`",
    "nets": "`nets` belongs in `source` or `destination` of a rule",
}
_SPEC = Shape(
    "the `spec` of a NetworkPolicy of Calico",
    _COMMON,
    {
        "namespaceSelector": "the policy is for its own namespace: use `metadata.namespace`",
        **_HINTS,
    },
)
_GLOBAL = Shape(
    "the `spec` of a GlobalNetworkPolicy",
    (*_COMMON, "namespaceSelector", "doNotTrack", "preDNAT", "applyOnForward"),
    _HINTS,
)
_TIER = Shape("the `spec` of a Tier", ("order", "defaultAction"), {"action": "`defaultAction`?"})
_PROFILE = Shape("the `spec` of a Profile", ("ingress", "egress", "labelsToApply"))
_PERFORMANCE = ("AssumeNeededOnEveryNode",)

WELL_KNOWN: tuple[tuple[str, float, CalicoAction], ...] = (
    ("default", 1_000_000.0, CalicoAction.DENY),
    ("kube-admin", 1_000.0, CalicoAction.PASS),
    ("kube-baseline", 10_000_000.0, CalicoAction.PASS),
)
"""The tiers that every cluster with Calico has, with order and default action (D.4)."""


_OF_CLUSTER = {
    "FelixConfiguration": ("D.36", ""),
    "GlobalNetworkPolicy": ("D.14", "NetworkPolicy"),
    "GlobalNetworkSet": ("D.34", "NetworkSet"),
    "HostEndpoint": ("D.35", ""),
    "Profile": ("D.8", ""),
    "Tier": ("D.4", ""),
}
"""Kinds without a namespace, with their clause and the kind that has one, if there is one."""


def object_fields(root: Cursor, what: str) -> tuple[Fields, Identity | None]:
    """The fields of an object and its identity; what a server refuses of both is reported."""
    hints = {name: f"`{name}` belongs in `metadata`: indent it" for name in ("name", "namespace")}
    for name in (*_COMMON, "order", "nets", "node", "profiles", "expectedIPs", "interfaceName"):
        hints[name] = f"`{name}` belongs in `spec`: indent it"
    shape = Shape(f"a {what}", ("apiVersion", "kind", "metadata", "spec", "status"), hints)
    given = root.fields(shape)
    check_metadata(given.get("metadata"))
    identity = read_identity(given.get("metadata"), root, f"the {what}")
    if identity is not None and identity.namespace and what in _OF_CLUSTER:
        clause, instead = _OF_CLUSTER[what]
        root.down("metadata", root.value["metadata"]).down("namespace", identity.namespace).remark(
            f"a {what} belongs to the cluster: its namespace is ignored",
            f"write `kind: {instead}` if it is for this one alone" if instead else "remove it",
            code="ignored-namespace",
            clause=clause,
        )
    version = root.value.get("apiVersion")
    if isinstance(version, str) and version.startswith("crd."):
        root.down("apiVersion", version).remark(
            f"`{version}` is the form in which Calico stores its objects",
            "give the objects as `projectcalico.org/v3`, as the API server prints them",
            code="storage-form",
            clause="D.41",
        )
    return given, identity


def spec_of(given: Fields, shape: Shape) -> Fields:
    """The fields of `spec`; an absent one is empty."""
    spec = given.get("spec")
    return NO_FIELDS if spec is None else spec.fields(shape)


def read_calico_policy(root: Cursor, default: str) -> CalicoNetworkPolicy | None:
    """A policy of a namespace, of `default` if it names none; `None` without a name."""
    given, identity = object_fields(root, "NetworkPolicy")
    spec = _read_spec(spec_of(given, _SPEC))
    _check_name(identity, root, ("knp.default.",))
    if identity is None:
        return None
    where = root.manifest.locate_name()
    return CalicoNetworkPolicy(identity.namespace or default, identity.name, spec, where)


def read_global_policy(root: Cursor) -> GlobalNetworkPolicy | None:
    """A policy of the cluster, or `None` for one without a name."""
    given, identity = object_fields(root, "GlobalNetworkPolicy")
    parts = spec_of(given, _GLOBAL)
    spec = _read_spec(parts)
    namespaces = read_selector_text(parts.get("namespaceSelector"))
    stage, forward = _stage(parts, spec)
    _check_name(identity, root, ())
    if identity is None:
        return None
    where = root.manifest.locate_name()
    return GlobalNetworkPolicy(identity.name, spec, namespaces, stage, forward, where)


def _read_spec(parts: Fields) -> CalicoSpec:
    tier = parts.get("tier")
    name = tier.string() if tier is not None else None
    hints = parts.get("performanceHints")
    for one in read_texts(hints, "hint"):
        if one not in _PERFORMANCE and hints is not None:
            known = f"known: `{_PERFORMANCE[0]}`"
            hints.refuse(f"no hint `{shown(one)}`", known, code="invalid-hint", clause="D.16")
    return CalicoSpec(
        tier=name or None,
        order=read_order(parts.get("order")),
        selector=read_selector_text(parts.get("selector")),
        account_selector=read_selector_text(parts.get("serviceAccountSelector")),
        types=read_types(parts.get("types")),
        ingress=read_rules(parts.get("ingress")),
        egress=read_rules(parts.get("egress")),
    )


def _stage(parts: Fields, spec: CalicoSpec) -> tuple[Stage, Forward]:
    """When the rules count, with the checks that go with it (D.38, D.40)."""
    untracked, early = parts.get("doNotTrack"), parts.get("preDNAT")
    forward = Forward.APPLIED if read_flag(parts.get("applyOnForward")) else Forward.LEFT_OUT
    is_untracked, is_early = read_flag(untracked), read_flag(early)
    at = untracked if is_untracked else early
    if at is None or not (is_untracked or is_early):
        return Stage.NORMAL, forward
    faults = {
        "`doNotTrack` and `preDNAT` exclude each other": is_untracked and is_early,
        "needs `applyOnForward: true` as well": forward is Forward.LEFT_OUT,
        "`preDNAT` goes with ingress rules only": is_early and bool(spec.egress),
    }
    for message, wrong in faults.items():
        if wrong:
            at.refuse(message, code="invalid-stage", clause="D.40")
    return (Stage.UNTRACKED if is_untracked else Stage.BEFORE_DNAT), forward


def _check_name(identity: Identity | None, root: Cursor, prefixes: tuple[str, ...]) -> None:
    """A policy's name has one dot at most, after the name of a tier (D.40)."""
    if identity is None or identity.name.startswith(prefixes or "\0"):
        return
    if identity.name.count(".") > 1:
        root.down("metadata", root.value["metadata"]).down("name", identity.name).refuse(
            f"`{shown(identity.name)}` is not allowed: the name of a policy has one `.` at most",
            "write `-` instead",
            code="invalid-name",
            clause="D.40",
        )


def read_tier(root: Cursor) -> CalicoTier | None:
    """A tier, or `None` for one without a name."""
    given, identity = object_fields(root, "Tier")
    parts = spec_of(given, _TIER)
    order = read_order(parts.get("order"))
    action = _default_action(parts.get("defaultAction"))
    if identity is not None:
        _check_tier(identity.name, order, action, root)
    if identity is None:
        return None
    return CalicoTier(identity.name, order, action, root.manifest.locate_name())


def _default_action(cursor: Cursor | None) -> CalicoAction | None:
    if cursor is None:
        return None
    return cursor.choose(
        cursor.string(),
        (CalicoAction.DENY, CalicoAction.PASS),
        "default action",
        code="invalid-action",
        clause="D.4",
        otherwise="`Deny` or `Pass`",
    )


def _check_tier(name: str, order: float | None, action: CalicoAction | None, root: Cursor) -> None:
    """The name of a tier has no dot, and the well-known tiers are as they are (D.4, D.40)."""
    at = root.down("metadata", root.value["metadata"]).down("name", name)
    if "." in name:
        why = f"`{shown(name)}` is not allowed: the name of a tier has no `.`"
        at.refuse(why, "write `-` instead", code="invalid-name", clause="D.40")
    for known, fixed_order, fixed_action in WELL_KNOWN:
        given_action = CalicoAction.DENY if action is None else action
        if name == known and (order != fixed_order or given_action is not fixed_action):
            at.refuse(
                f"the tier `{name}` has the order {fixed_order:.0f} and the default action "
                f"{fixed_action.value}, always",
                "give the tier a name of its own, or leave it out: it exists anyway",
                code="fixed-tier",
                clause="D.4",
            )


def read_profile(root: Cursor) -> Profile | None:
    """A profile, or `None` for one without a name."""
    given, identity = object_fields(root, "Profile")
    parts = spec_of(given, _PROFILE)
    labels = read_labels(parts.get("labelsToApply"))
    ingress, egress = read_rules(parts.get("ingress")), read_rules(parts.get("egress"))
    if identity is None:
        return None
    return Profile(identity.name, labels, ingress or (), egress or (), root.manifest.locate_name())


def note_staged(root: Cursor) -> None:
    """A staged policy is never enforced: it is noted and left aside (D.11)."""
    metadata = root.value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    root.down("kind", root.value.get("kind")).remark(
        f"the staged policy `{shown(str(name))}` is left aside: nothing enforces it",
        "give the policy that it is to become in order to ask what it would do",
        code="staged-policy",
        clause="D.11",
    )
