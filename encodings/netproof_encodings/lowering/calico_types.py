"""Which directions a policy of Calico is for (D.12)."""

from __future__ import annotations

from netproof_encodings.decision.conditions import ALWAYS, NEVER, Assumed, Match, Not
from netproof_specs.assumptions import Assumption
from netproof_specs.model.calico import CalicoNetworkPolicy, CalicoSpec, GlobalNetworkPolicy
from netproof_specs.model.traffic import Direction


def has_type(spec: CalicoSpec, direction: Direction) -> Match:
    """That the policy is for the direction, which may depend on who fills the types in (D.12)."""
    by_presence = Assumed(Assumption.CALICO_TYPES)
    match direction in types_of(spec), direction in types_by_presence(spec):
        case (True, True):
            return ALWAYS
        case (True, False):
            return Not(by_presence)
        case (False, True):
            return by_presence
        case _:
            return NEVER


def types_of(spec: CalicoSpec) -> frozenset[Direction]:
    """The directions as given, else by which lists have elements, as a server has it (D.12)."""
    if spec.types:
        return frozenset(spec.types)
    if spec.ingress and spec.egress:
        return frozenset(Direction)
    return frozenset({Direction.EGRESS if spec.egress else Direction.INGRESS})


def types_by_presence(spec: CalicoSpec) -> frozenset[Direction]:
    """The directions as given, else by which lists are there, as an admission has it (D.12)."""
    if spec.types is not None:
        return frozenset(spec.types or Direction)
    if spec.ingress is not None and spec.egress is not None:
        return frozenset(Direction)
    return frozenset({Direction.INGRESS if spec.egress is None else Direction.EGRESS})


def types_text(policy: CalicoNetworkPolicy | GlobalNetworkPolicy) -> str:
    """The directions that the policy is for, and whether it says so itself (D.12)."""
    listed = ", ".join(one.value for one in Direction if one in types_of(policy.spec))
    return f"types {listed}" if policy.spec.types else f"the default of types, {listed},"
