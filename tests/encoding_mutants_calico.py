"""Planted errors in how Calico's policies become tiers, and the rows that notice them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf
from typing import Any

from tests.mutants import Function, Mutant, mutant

from netproof_encodings.lowering import calico, calico_rules, calico_selectors
from netproof_encodings.lowering.calico_rules import Setting
from netproof_encodings.tiers import ALWAYS, End, NamesPort, Tier, Unmatched
from netproof_specs.model.calico import CalicoAction, CalicoRule, CalicoTier, EntityRule
from netproof_specs.model.calico_selectors import Compared, Expression, Listed
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import Direction, PortName


def tiers_go_by_name(right: Function) -> Function:
    return lambda policies: sorted(right(policies))


def tiers_pass_by_default(right: Function) -> Function:
    def ranked_tiers(policies: Sequence[tuple[int, Any]]) -> Any:
        return right(
            [
                (at, replace(one, default_action=one.default_action or CalicoAction.PASS))
                if isinstance(one, CalicoTier)
                else (at, one)
                for at, one in policies
            ]
        )

    return ranked_tiers


def every_tier_denies_at_its_end(right: Function) -> Function:
    return lambda policies: [(name, Unmatched.DENY) for name, _ in right(policies)]


def kubernetes_policies_come_last(right: Function) -> Function:
    return lambda policy: inf if isinstance(policy, NetworkPolicy) else right(policy)


def policies_without_order_come_first(right: Function) -> Function:
    return lambda policy: -inf if right(policy) == inf else right(policy)


def types_as_kubernetes_fills_them_in(right: Function) -> Function:
    return lambda spec: right(spec) | (frozenset() if spec.types else {Direction.INGRESS})


def log_allows(right: Function) -> Function:
    def rules(policy: Any, direction: Direction, sets: Any) -> Any:
        def allowed(found: tuple[CalicoRule, ...] | None) -> Any:
            return found and tuple(
                replace(one, action=CalicoAction.ALLOW) if one.action is CalicoAction.LOG else one
                for one in found
            )

        spec = policy.spec
        told = replace(spec, ingress=allowed(spec.ingress), egress=allowed(spec.egress))
        return right(replace(policy, spec=told), direction, sets)

    return rules


def subjects_are_not_selected(right: Function) -> Function:
    def lower_subject(policy: Any, end: End) -> Any:
        return right(replace(policy, spec=replace(policy.spec, selector=None)), end)

    return lower_subject


def pods_may_open_tunnels(right: Function) -> Function:
    def tunnels(direction: Direction) -> Tier:
        return replace(right(direction), policies=())

    return tunnels


def not_nets_ignore_the_family(right: Function) -> Function:
    def lower_nets(entity: EntityRule, end: End) -> Any:
        if not entity.not_nets:
            return right(entity, end)
        inside = calico_rules.some(calico_rules.in_net(end, net) for net in entity.not_nets)
        return calico_rules.Not(inside)

    return lower_nets


def protocols_by_number_are_none(right: Function) -> Function:
    return lambda reference: calico_rules.NEVER if isinstance(reference, int) else right(reference)


def sets_are_for_everybody(_: Function) -> Function:
    return lambda entity, end, setting: []


def names_need_no_selector(right: Function) -> Function:
    def lower_port(entity: EntityRule, port: Any, end: End, setting: Setting) -> Any:
        if isinstance(port, PortName):
            return NamesPort(port.name)
        return right(entity, port, end, setting)

    return lower_port


def any_namespace_will_do(right: Function) -> Function:
    return lambda entity, end, namespace: right(entity, end, "")


def not_selector_leaves_the_namespace(right: Function) -> Function:
    return lambda entity, namespace: right(entity, "")


def unequal_needs_the_key(right: Function) -> Function:
    def holds(end: End, tree: Expression, view: Any) -> Any:
        found = right(end, tree, view)
        negative = (isinstance(tree, Compared) and tree.operator.value == "!=") or (
            isinstance(tree, Listed) and tree.operator.value == "not in"
        )
        if not negative or not isinstance(tree, Compared | Listed):
            return found
        there = calico_selectors._among(end, tree.key, view, None)
        return calico_selectors.every((there, found))

    return holds


def namespaces_lend_no_labels(right: Function) -> Function:
    return lambda key, view: (calico_selectors.Whose.POD, key)


def sets_meet_every_selector(_: Function) -> Function:
    return lambda labels, selector, view: True


def all_sets_have_a_namespace(right: Function) -> Function:
    def holds(labels: dict[str, str], tree: Expression, view: Any) -> bool:
        return bool(right({**labels, "projectcalico.org/namespace": "x"}, tree, view))

    return holds


def both_ends_need_not_match(right: Function) -> Function:
    return lambda entity, end, setting: ALWAYS if end is End.SOURCE else right(entity, end, setting)


CALICO_ENCODING_MUTANTS: tuple[Mutant, ...] = (
    mutant(calico.__name__, "ranked_tiers", tiers_go_by_name, "F120.1"),
    mutant(calico.__name__, "ranked_tiers", tiers_pass_by_default, "F84.1"),
    mutant(calico.__name__, "ranked_tiers", every_tier_denies_at_its_end, "kube-admin-passes.2"),
    mutant(calico.__name__, "order_of", kubernetes_policies_come_last, "F80.1"),
    mutant(calico.__name__, "order_of", policies_without_order_come_first, "negative-orders.2"),
    mutant(calico.__name__, "types_of", types_as_kubernetes_fills_them_in, "F77.1"),
    mutant(calico.__name__, "_rules", log_allows, "F82.1"),
    mutant(calico.__name__, "lower_subject", subjects_are_not_selected, "F85.1"),
    mutant(calico.__name__, "tunnels", pods_may_open_tunnels, "F132.1"),
    mutant(calico_rules.__name__, "lower_nets", not_nets_ignore_the_family, "F91.1"),
    mutant(calico_rules.__name__, "lower_protocol", protocols_by_number_are_none, "protocols.1"),
    mutant(calico_rules.__name__, "sets_found", sets_are_for_everybody, "F123.1"),
    mutant(calico_rules.__name__, "lower_port", names_need_no_selector, "F126.1"),
    mutant(calico_rules.__name__, "pod_found", any_namespace_will_do, "scope-own-namespace.2"),
    mutant(calico_rules.__name__, "is_positive", not_selector_leaves_the_namespace, "F93.1"),
    mutant(calico_rules.__name__, "lower_entity", both_ends_need_not_match, "both-ends.3"),
    mutant(calico_selectors.__name__, "_holds", unequal_needs_the_key, "F87.1"),
    mutant(
        calico_selectors.__name__,
        "_meant",
        namespaces_lend_no_labels,
        "scope-by-label-of-the-namespace.1",
    ),
    mutant(
        calico_selectors.__name__,
        "set_meets",
        sets_meet_every_selector,
        "selectors-know-endpoints-and-sets.4",
    ),
    mutant(
        calico_selectors.__name__, "_set_holds", all_sets_have_a_namespace, "scope-global-sets.2"
    ),
)
