"""What the typed decoder accepts of NetworkPolicies: all fields that the API has, typed."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, UnsetType, field

from netproof_specs.typed.forms import Form, Metadata, Text


class PolicyMetadata(Metadata):
    """The metadata of a policy, whose types are checked too; dates by whoever reads it (B.4)."""

    annotations: dict[str, str | None] | UnsetType | None = UNSET
    owner_references: list[Any] | UnsetType | None = UNSET
    finalizers: list[Any] | UnsetType | None = UNSET
    managed_fields: list[Any] | UnsetType | None = UNSET
    generate_name: Text = UNSET
    uid: Text = UNSET
    resource_version: Text = UNSET
    self_link: Text = UNSET
    generation: int | UnsetType | None = UNSET
    deletion_grace_period_seconds: int | UnsetType | None = UNSET


class Expression(Form):
    """An element of `matchExpressions`."""

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: list[str] | UnsetType | None = UNSET


class Selector(Form):
    """A label selector."""

    match_labels: dict[str, str] | UnsetType | None = UNSET
    match_expressions: list[Expression] | UnsetType | None = UNSET


class Block(Form):
    """An `ipBlock`."""

    cidr: str
    excepts: list[str] | UnsetType | None = field(default=UNSET, name="except")


class Peer(Form):
    """A peer of a rule."""

    pod_selector: Selector | UnsetType | None = UNSET
    namespace_selector: Selector | UnsetType | None = UNSET
    ip_block: Block | UnsetType | None = UNSET


class RulePort(Form):
    """An element of a rule's `ports`."""

    protocol: Text = UNSET
    port: int | str | UnsetType | None = UNSET
    end_port: int | UnsetType | None = UNSET


class IngressRule(Form):
    """A rule of `ingress`."""

    peers: list[Peer] | UnsetType | None = field(default=UNSET, name="from")
    ports: list[RulePort] | UnsetType | None = UNSET


class EgressRule(Form):
    """A rule of `egress`."""

    peers: list[Peer] | UnsetType | None = field(default=UNSET, name="to")
    ports: list[RulePort] | UnsetType | None = UNSET


class PolicySpec(Form):
    """The `spec` of a NetworkPolicy."""

    pod_selector: Selector | UnsetType | None = UNSET
    policy_types: list[Literal["Ingress", "Egress"]] | UnsetType | None = UNSET
    ingress: list[IngressRule] | UnsetType | None = UNSET
    egress: list[EgressRule] | UnsetType | None = UNSET


class NetworkPolicy(Form, tag_field="kind", tag="NetworkPolicy"):
    """A NetworkPolicy of networking.k8s.io/v1."""

    api_version: Literal["networking.k8s.io/v1"]
    metadata: PolicyMetadata
    spec: PolicySpec | UnsetType | None = UNSET
    status: Any = UNSET
