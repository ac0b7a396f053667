"""Planted errors in what the oracle makes of Calico's objects, and the rows that notice them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf
from typing import Any

from tests.mutants import Function, Mutant, mutant

from netproof.decisions import Exemption
from netproof.oracle import (
    calico,
    calico_admin,
    calico_endpoints,
    calico_rules,
    calico_selectors,
    connections,
    failsafe,
)
from netproof.oracle.calico import Asked, Ranked
from netproof.oracle.calico_rules import Scene
from netproof_specs.assumptions import Assumption, Assumptions
from netproof_specs.model.calico import (
    AccountMatch,
    CalicoAction,
    CalicoNetworkPolicy,
    CalicoRule,
    CalicoSpec,
    CalicoTier,
    EntityRule,
    GlobalNetworkPolicy,
    Stage,
)
from netproof_specs.model.calico_selectors import All, And, Comparison, Expression, Not, Selector
from netproof_specs.model.connections import Endpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import Action, Direction, Family, PortName, Protocol

# --- tiers and orders --------------------------------------------------------------------------


def unordered_tiers_come_last(_: Function) -> Function:
    def ranked_tiers(policies: Sequence[Any]) -> tuple[Ranked, ...]:
        found = {name: Ranked(order, name, act) for name, (order, act) in calico._BUILT_IN.items()}
        for one in policies:
            if isinstance(one, CalicoTier):
                order = inf if one.order is None else one.order
                found[one.name] = Ranked(order, one.name, one.default_action or CalicoAction.DENY)
        return tuple(sorted(found.values(), key=lambda tier: (tier.order, tier.name)))

    return ranked_tiers


def tiers_pass_by_default(right: Function) -> Function:
    def ranked_tiers(policies: Sequence[Any]) -> Any:
        return right(
            [
                replace(one, default_action=one.default_action or CalicoAction.PASS)
                if isinstance(one, CalicoTier)
                else one
                for one in policies
            ]
        )

    return ranked_tiers


def tiers_without_policies_deny(right: Function) -> Function:
    def tier_steps(tier: Ranked, members: Any, asked: Asked) -> Any:
        if tier.name == "t" and not members:
            return (calico.Step(tier.name, None, None, Action.DENY),)
        return right(tier, members, asked)

    return tier_steps


def the_tier_ends_after_its_first_policy(right: Function) -> Function:
    def tier_steps(tier: Ranked, members: Any, asked: Asked) -> Any:
        return right(tier, sorted(members, key=calico.order_of)[:1], asked)

    return tier_steps


def policies_without_order_come_first(right: Function) -> Function:
    def order_of(policy: Any) -> float:
        found = float(right(policy))
        return -inf if found == inf else found

    return order_of


def kubernetes_policies_come_last(right: Function) -> Function:
    def order_of(policy: Any) -> float:
        return inf if isinstance(policy, NetworkPolicy) else float(right(policy))

    return order_of


def kubernetes_policies_come_first(right: Function) -> Function:
    def order_of(policy: Any) -> float:
        return -inf if isinstance(policy, NetworkPolicy) else float(right(policy))

    return order_of


def log_decides(right: Function) -> Function:
    def first_of(rules: Sequence[CalicoRule], scene: Scene) -> Any:
        return right(
            [
                replace(one, action=CalicoAction.ALLOW) if one.action is CalicoAction.LOG else one
                for one in rules
            ],
            scene,
        )

    return first_of


def pass_denies(right: Function) -> Function:
    def first_of(rules: Sequence[CalicoRule], scene: Scene) -> Any:
        hit = right(rules, scene)
        return (hit[0], Action.DENY) if hit and hit[1] is Action.PASS else hit

    return first_of


def pods_may_open_tunnels(_: Function) -> Function:
    return lambda side: ()


# --- profiles and hosts ------------------------------------------------------------------------


def missing_profiles_are_skipped(right: Function) -> Function:
    def profile_step(host: HostEndpoint, asked: Asked) -> Any:
        return right(replace(host, profiles=host.profiles[1:]), asked)

    return profile_step


def no_profile_allows(right: Function) -> Function:
    def profile_step(host: HostEndpoint, asked: Asked) -> Any:
        found = right(host, asked)
        return found if host.profiles else replace(found, action=Action.ALLOW)

    return profile_step


def no_failsafe_ports(_: Function) -> Function:
    return lambda host, direction, connection, policies: None


def failsafe_ports_are_alike_both_ways(right: Function) -> Function:
    return lambda host, direction, connection, policies: right(
        host, Direction.INGRESS, connection, policies
    )


def failsafe_ports_add_up(right: Function) -> Function:
    def kept_open(host: Any, direction: Any, connection: Any, policies: Any) -> Any:
        built_in = failsafe.built_in(direction, connection)
        return right(host, direction, connection, policies) or built_in

    return kept_open


def the_object_of_the_node_alone_counts(right: Function) -> Function:
    return lambda node, policies: right(node, policies)[:1]


def the_object_of_all_nodes_comes_first(right: Function) -> Function:
    return lambda node, policies: right(node, policies)[::-1]


def empty_lists_are_absent(right: Function) -> Function:
    return lambda one, direction: right(one, direction) or None


def failsafe_ports_are_open_to_all(right: Function) -> Function:
    return lambda port, direction, connection: right(replace(port, net=""), direction, connection)


def blocks_do_not_bind_the_other_family(right: Function) -> Function:
    """As some releases of Calico's agent have it."""

    def is_open(port: Any, direction: Any, connection: Any) -> Any:
        six = ":" in port.net
        fits = six is (connection.family is Family.IPV6)
        return right(port if fits else replace(port, net=""), direction, connection)

    return is_open


def failsafe_ports_are_of_any_protocol(right: Function) -> Function:
    return lambda port, direction, connection: right(
        replace(port, protocol=connection.protocol), direction, connection
    )


def blocks_hold_the_host_itself(right: Function) -> Function:
    return lambda direction, connection: (
        connection.destination if direction is Direction.INGRESS else connection.source
    )


def hosts_filter_what_they_send_to_their_pods(right: Function) -> Function:
    def host_exemption(host: Any, direction: Any, connection: Any, policies: Any) -> Any:
        found = right(host, direction, connection, policies)
        return None if found is Exemption.OWN_NODE else found

    return host_exemption


def host_addresses_need_not_be_known(_: Function) -> Function:
    def own_labels(end: Endpoint, family: Family, policies: Any, assumptions: Assumptions) -> Any:
        found = calico_endpoints.policed(end, policies, assumptions)
        return None if found is None else calico_endpoints.labels_of(found, policies)

    return own_labels


def pods_on_a_host_are_a_bare_node(_: Function) -> Function:
    return lambda pod, policies: None


def any_host_endpoint_of_the_node_will_do(right: Function) -> Function:
    def host_of(pod: Any, policies: Any) -> Any:
        there = (one for one in policies if isinstance(one, HostEndpoint) and one.node == pod.node)
        return next(there, None)

    return host_of


# --- types and subjects ------------------------------------------------------------------------


def types_as_kubernetes_fills_them_in(right: Function) -> Function:
    def types_of(spec: CalicoSpec, assumptions: Assumptions) -> Any:
        return right(spec, assumptions) | (frozenset() if spec.types else {Direction.INGRESS})

    return types_of


def empty_lists_count_as_absent(right: Function) -> Function:
    return lambda spec, assumptions: right(spec, assumptions - {Assumption.CALICO_TYPES})


def global_policies_are_for_pods(right: Function) -> Function:
    def applies(policy: Any, direction: Direction, labels: Any, *rest: Any) -> bool:
        is_host = labels is not None and "projectcalico.org/orchestrator" not in labels
        wrong = is_host and isinstance(policy, GlobalNetworkPolicy)
        return not wrong and bool(right(policy, direction, labels, *rest))

    return applies


def untracked_policies_select_pods(right: Function) -> Function:
    def applies(policy: Any, *rest: Any) -> bool:
        if isinstance(policy, GlobalNetworkPolicy):
            return bool(right(replace(policy, stage=Stage.NORMAL), *rest))
        return bool(right(policy, *rest))

    return applies


def policies_select_in_every_namespace(right: Function) -> Function:
    def applies(policy: Any, *rest: Any) -> bool:
        if isinstance(policy, CalicoNetworkPolicy):
            return bool(right(GlobalNetworkPolicy(policy.name, policy.spec, None), *rest))
        return bool(right(policy, *rest))

    return applies


def account_selectors_are_left_out(right: Function) -> Function:
    def applies(policy: Any, *rest: Any) -> bool:
        return bool(right(replace(policy, spec=replace(policy.spec, account_selector=None)), *rest))

    return applies


def all_means_everything(right: Function) -> Function:
    def selects(selector: Selector | None, prefix: str, stand_in: str | None, labels: Any) -> bool:
        return bool(right(selector, prefix, None, labels))

    return selects


def a_blank_in_all_changes_nothing(right: Function) -> Function:
    def holds(tree: Expression, *rest: Any) -> bool:
        return bool(right(All("all()", tree.at) if isinstance(tree, All) else tree, *rest))

    return holds


# --- labels and selectors ----------------------------------------------------------------------


def pods_keep_labels_with_prefixes(right: Function) -> Function:
    return lambda pod: {**right(pod), **dict(pod.labels)}


def accounts_of_any_length_hand_on_labels(right: Function) -> Function:
    def pod_labels(pod: Any) -> Any:
        name = pod.service_account
        inherited = calico_endpoints.prefixed("pcsa.", name, pod.account_labels)
        return {**inherited, **right(pod)}

    return pod_labels


def profiles_win_over_own_labels(right: Function) -> Function:
    def host_labels(host: HostEndpoint, policies: Any) -> Any:
        found = dict(right(host, policies))
        for profile in calico_endpoints.profiles_of(host, policies):
            found |= dict(profile.labels) if profile is not None else {}
        return found

    return host_labels


def unequal_needs_the_key(right: Function) -> Function:
    def compares(operator: Comparison, value: str | None, text: str) -> bool:
        return value is not None and bool(right(operator, value, text))

    return compares


def absent_is_empty(right: Function) -> Function:
    return lambda operator, value, text: right(operator, value or "", text)


def starts_means_contains(right: Function) -> Function:
    def compares(operator: Comparison, value: str | None, text: str) -> bool:
        starts = operator is Comparison.STARTS_WITH
        return bool(right(Comparison.CONTAINS if starts else operator, value, text))

    return compares


def ends_means_contains(right: Function) -> Function:
    def compares(operator: Comparison, value: str | None, text: str) -> bool:
        ends = operator is Comparison.ENDS_WITH
        return bool(right(Comparison.CONTAINS if ends else operator, value, text))

    return compares


def not_is_for_the_rest_of_the_text(right: Function) -> Function:
    def holds(tree: Expression, *rest: Any) -> bool:
        if isinstance(tree, And) and isinstance(tree.parts[0], Not):
            negated = replace(tree, parts=(tree.parts[0].part, *tree.parts[1:]))
            return not right(negated, *rest)
        return bool(right(tree, *rest))

    return holds


# --- rules -------------------------------------------------------------------------------------


def families_do_not_matter_to_not_nets(right: Function) -> Function:
    def nets_match(entity: EntityRule, end: Endpoint, family: Family) -> bool:
        kept = calico_rules.of_family(entity.not_nets, family)
        return bool(right(replace(entity, not_nets=kept), end, family))

    return nets_match


def not_nets_are_left_out(right: Function) -> Function:
    return lambda entity, end, family: right(replace(entity, not_nets=()), end, family)


def not_protocol_is_left_out(right: Function) -> Function:
    return lambda rule, scene: right(replace(rule, not_protocol=None), scene)


def the_family_of_a_rule_is_left_out(right: Function) -> Function:
    return lambda rule, scene: right(replace(rule, ip_version=None), scene)


def sources_of_egress_rules_are_left_out(right: Function) -> Function:
    return lambda rule, scene: right(replace(rule, destination=EntityRule()), scene)


def source_ports_are_destination_ports(right: Function) -> Function:
    def entity_matches(entity: EntityRule, end: Endpoint, port: int, scene: Scene) -> bool:
        return bool(right(entity, end, scene.connection.port, scene))

    return entity_matches


def names_of_source_ports_are_not_looked_up(right: Function) -> Function:
    def port_matches(
        entity: EntityRule, element: Any, end: Endpoint, port: int, scene: Scene
    ) -> bool:
        named = isinstance(element, PortName) and end is scene.connection.source
        return not named and bool(right(entity, element, end, port, scene))

    return port_matches


def numbers_are_no_protocols(_: Function) -> Function:
    return lambda reference, protocol: reference == protocol.value


def not_selector_is_asked_of_any_object(right: Function) -> Function:
    def selectors_match(entity: EntityRule, end: Endpoint, scene: Scene) -> bool:
        alone = EntityRule(not_selector=entity.not_selector)
        everywhere = replace(scene, namespace="")
        without = replace(entity, not_selector=None)
        return bool(right(without, end, scene)) and bool(right(alone, end, everywhere))

    return selectors_match


def not_selector_alone_leaves_the_namespace(right: Function) -> Function:
    def is_positive(entity: EntityRule, namespace: str) -> bool:
        return bool(right(entity, ""))

    return is_positive


def own_namespace_is_not_implied(right: Function) -> Function:
    return lambda entity, namespace, labels: right(entity, "", labels)


def empty_accounts_ask_for_one(_: Function) -> Function:
    def restricts(accounts: AccountMatch | None) -> bool:
        return accounts is not None

    return restricts


def names_of_accounts_are_left_out(right: Function) -> Function:
    def accounts_match(accounts: AccountMatch | None, labels: Any) -> bool:
        return bool(right(accounts and replace(accounts, selector=None), labels))

    return accounts_match


def network_sets_are_for_everybody(right: Function) -> Function:
    def objects_of(end: Endpoint, family: Family, policies: Any, assumptions: Any) -> Any:
        own = calico_endpoints.own_labels(end, family, policies, assumptions)
        return iter(() if own is None else (own,))

    return objects_of


def names_are_looked_up_through_sets(right: Function) -> Function:
    def is_named(entity: EntityRule, end: Endpoint, scene: Scene) -> bool:
        return calico_rules.selectors_match(entity, end, scene)

    return is_named


def names_stand_for_tcp(right: Function) -> Function:
    def port_matches(
        entity: EntityRule, element: Any, end: Endpoint, port: int, scene: Any
    ) -> bool:
        tcp = scene.connection.protocol is Protocol.TCP
        fits = tcp or not isinstance(element, PortName)
        return fits and bool(right(entity, element, end, port, scene))

    return port_matches


def init_containers_declare_nothing(right: Function) -> Function:
    def declared(end: Any, protocol: Protocol) -> Any:
        return right(
            end if isinstance(end, HostEndpoint) else replace(end, init_ports=()), protocol
        )

    return declared


def hosts_declare_nothing(right: Function) -> Function:
    def declared(end: Any, protocol: Protocol) -> Any:
        return frozenset() if isinstance(end, HostEndpoint) else right(end, protocol)

    return declared


def every_rule_can_be_converted(_: Function) -> Function:
    return lambda rule: False


def peers_of_pods_find_sets(right: Function) -> Function:
    return lambda selector, *first: right(selector)


def admin_tiers_are_the_default_one(_: Function) -> Function:
    return lambda policy: "default"


def namespaces_lend_sets_no_labels(_: Function) -> Function:
    return lambda network_set: dict(network_set.labels)


FAILSAFE = failsafe.__name__
OF_ALL, OF_SOME = "failsafe-ports-of-all-nodes", "failsafe-ports-of-some-nodes"
CALICO_MUTANTS: tuple[Mutant, ...] = (
    mutant(
        calico_endpoints.__name__,
        "host_of",
        pods_on_a_host_are_a_bare_node,
        "host-network-pods-are-their-host.2",
    ),
    mutant(
        calico_endpoints.__name__,
        "host_of",
        any_host_endpoint_of_the_node_will_do,
        "host-network-pods-of-open-hosts.2",
    ),
    mutant(calico.__name__, "ranked_tiers", unordered_tiers_come_last, "F119.1"),
    mutant(calico.__name__, "ranked_tiers", tiers_pass_by_default, "F84.1"),
    mutant(calico.__name__, "tier_steps", tiers_without_policies_deny, "F85.1"),
    mutant(calico.__name__, "tier_steps", the_tier_ends_after_its_first_policy, "F78.1"),
    mutant(calico.__name__, "order_of", policies_without_order_come_first, "negative-orders.2"),
    mutant(calico.__name__, "order_of", kubernetes_policies_come_last, "F80.1"),
    mutant(calico.__name__, "order_of", kubernetes_policies_come_first, "F79.1"),
    mutant(calico.__name__, "first_of", log_decides, "F82.1"),
    mutant(calico.__name__, "first_of", pass_denies, "F83.1"),
    mutant(calico.__name__, "tunnel_steps", pods_may_open_tunnels, "F132.1"),
    mutant(calico.__name__, "profile_step", missing_profiles_are_skipped, "F127.1"),
    mutant(calico.__name__, "profile_step", no_profile_allows, "F95.1"),
    mutant(FAILSAFE, "kept_open", no_failsafe_ports, "F81.1"),
    mutant(FAILSAFE, "kept_open", failsafe_ports_are_alike_both_ways, "failsafe-ports.4"),
    mutant(FAILSAFE, "kept_open", failsafe_ports_add_up, f"{OF_ALL}.3"),
    mutant(FAILSAFE, "configured", the_object_of_the_node_alone_counts, f"{OF_SOME}.6"),
    mutant(FAILSAFE, "configured", the_object_of_all_nodes_comes_first, f"{OF_SOME}.5"),
    mutant(FAILSAFE, "stated", empty_lists_are_absent, f"{OF_ALL}.11"),
    mutant(FAILSAFE, "is_open", failsafe_ports_are_open_to_all, f"{OF_ALL}.4"),
    mutant(FAILSAFE, "is_open", blocks_do_not_bind_the_other_family, f"{OF_ALL}.7"),
    mutant(FAILSAFE, "is_open", failsafe_ports_are_of_any_protocol, f"{OF_ALL}.6"),
    mutant(FAILSAFE, "other_end", blocks_hold_the_host_itself, f"{OF_ALL}.5"),
    mutant(
        connections.__name__,
        "host_exemption",
        hosts_filter_what_they_send_to_their_pods,
        "own-node-host.1",
    ),
    mutant(
        calico_endpoints.__name__,
        "own_labels",
        host_addresses_need_not_be_known,
        "hosts-as-peers.2",
    ),
    mutant(calico.__name__, "types_of", types_as_kubernetes_fills_them_in, "F77.1"),
    mutant(calico.__name__, "types_of", empty_lists_count_as_absent, "F130.1:calico-types"),
    mutant(calico.__name__, "applies", global_policies_are_for_pods, "F96.1"),
    mutant(calico.__name__, "applies", untracked_policies_select_pods, "F133.1"),
    mutant(calico.__name__, "applies", policies_select_in_every_namespace, "own-namespace-only.2"),
    mutant(calico.__name__, "applies", account_selectors_are_left_out, "global-with-everything.2"),
    mutant(calico_selectors.__name__, "selects_inherited", all_means_everything, "F122.1"),
    mutant(
        calico_selectors.__name__,
        "holds",
        a_blank_in_all_changes_nothing,
        "global-all-with-a-blank.2",
    ),
    mutant(
        calico_endpoints.__name__, "pod_labels", pods_keep_labels_with_prefixes, "added-labels.5"
    ),
    mutant(
        calico_endpoints.__name__, "pod_labels", accounts_of_any_length_hand_on_labels, "F136.1"
    ),
    mutant(
        calico_endpoints.__name__,
        "host_labels",
        profiles_win_over_own_labels,
        "labels-of-profiles.1",
    ),
    mutant(calico_selectors.__name__, "compares", unequal_needs_the_key, "F87.1"),
    mutant(calico_selectors.__name__, "compares", absent_is_empty, "string-operators.8"),
    mutant(calico_selectors.__name__, "compares", starts_means_contains, "starts-inside.1"),
    mutant(calico_selectors.__name__, "compares", ends_means_contains, "string-operators.7"),
    mutant(calico_selectors.__name__, "holds", not_is_for_the_rest_of_the_text, "F88.1"),
    mutant(calico_rules.__name__, "nets_match", families_do_not_matter_to_not_nets, "F91.1"),
    mutant(calico_rules.__name__, "nets_match", not_nets_are_left_out, "F91.3"),
    mutant(calico_rules.__name__, "rule_matches", not_protocol_is_left_out, "protocols.8"),
    mutant(calico_rules.__name__, "rule_matches", the_family_of_a_rule_is_left_out, "ip-version.2"),
    mutant(
        calico_rules.__name__,
        "rule_matches",
        sources_of_egress_rules_are_left_out,
        "rules-about-both-ends.2",
    ),
    mutant(
        calico_rules.__name__,
        "entity_matches",
        source_ports_are_destination_ports,
        "source-ports.1",
    ),
    mutant(
        calico_rules.__name__,
        "port_matches",
        names_of_source_ports_are_not_looked_up,
        "named-source-ports.1",
    ),
    mutant(calico_rules.__name__, "is_protocol", numbers_are_no_protocols, "protocols.1"),
    mutant(calico_rules.__name__, "selectors_match", not_selector_is_asked_of_any_object, "F125.1"),
    mutant(calico_rules.__name__, "is_positive", not_selector_alone_leaves_the_namespace, "F93.1"),
    mutant(
        calico_rules.__name__, "positive", own_namespace_is_not_implied, "scope-own-namespace.2"
    ),
    mutant(calico_rules.__name__, "restricts", empty_accounts_ask_for_one, "accounts-of-nobody.2"),
    mutant(calico_rules.__name__, "accounts_match", names_of_accounts_are_left_out, "accounts.2"),
    mutant(calico_endpoints.__name__, "objects_of", network_sets_are_for_everybody, "F123.1"),
    mutant(calico_rules.__name__, "is_named", names_are_looked_up_through_sets, "F126.1"),
    mutant(
        calico_rules.__name__, "port_matches", names_stand_for_tcp, "named-ports-of-any-protocol.1"
    ),
    mutant(calico_rules.__name__, "declared", init_containers_declare_nothing, "F134.1"),
    mutant(calico_rules.__name__, "declared", hosts_declare_nothing, "F135.1"),
    mutant(
        calico_admin.__name__,
        "cannot_be_converted",
        every_rule_can_be_converted,
        "D7-a-name-cannot-be-converted.2",
    ),
    mutant(calico_admin.__name__, "converted", peers_of_pods_find_sets, "D7-pods-find-no-sets.1"),
    mutant(
        calico_admin.__name__,
        "tier_of",
        admin_tiers_are_the_default_one,
        "D7-baseline-comes-last.2",
    ),
    mutant(
        calico_endpoints.__name__,
        "set_labels",
        namespaces_lend_sets_no_labels,
        "D34-a-set-by-a-label-of-its-namespace.2",
    ),
)
