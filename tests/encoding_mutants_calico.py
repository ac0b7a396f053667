"""Planted errors in how Calico's policies become tiers, and the rows that notice them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf
from typing import Any

from tests.mutants import Function, Mutant, mutant

from netproof_encodings.decision.conditions import (
    ALWAYS,
    NEVER,
    AccountText,
    End,
    Found,
    NamesPort,
    atoms_of,
    given,
)
from netproof_encodings.decision.tiers import Tier, Unmatched
from netproof_encodings.logic.terms import Terms
from netproof_encodings.lowering import (
    calico,
    calico_admin,
    calico_failsafe,
    calico_hosts,
    calico_rules,
    calico_selectors,
    calico_types,
)
from netproof_encodings.lowering.calico_rules import Setting
from netproof_encodings.meaning import (
    accounts,
    claims,
    host_endpoints,
    matching,
    namespaces,
    profiles,
    spaces,
    worlds,
)
from netproof_encodings.meaning.labels import in_range
from netproof_encodings.vocabulary import classes
from netproof_specs.claims import HostNamed, HostsWhere
from netproof_specs.model.admin_policy import AdminPolicy
from netproof_specs.model.calico import (
    CalicoAction,
    CalicoRule,
    CalicoTier,
    EntityRule,
    GlobalNetworkPolicy,
)
from netproof_specs.model.calico_selectors import Compared, Expression, Listed
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import Direction, PortName, PortRange


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


def source_ports_are_destination_ports(right: Function) -> Function:
    return lambda entity, port, end, setting: right(entity, port, End.DESTINATION, setting)


def names_of_source_ports_are_the_destinations(right: Function) -> Function:
    def lower_port(entity: EntityRule, port: Any, end: End, setting: Setting) -> Any:
        return given(right(entity, port, end, setting), _at_the_destination)

    return lower_port


def _at_the_destination(atom: Any) -> Any:
    return replace(atom, end=End.DESTINATION) if isinstance(atom, NamesPort) else None


def hosts_are_asked_for_destination_ports(right: Function) -> Function:
    return lambda ports, end: right(ports, End.DESTINATION)


def pods_declare_any_source_port(right: Function) -> Function:
    def declared_ports(terms: Terms, space: Any, end: Any, one: Any) -> Any:
        return iter(()) if end is space.source else right(terms, space, end, one)

    return declared_ports


def not_ports_of_the_source_count_for_nothing(right: Function) -> Function:
    def lower_entity(entity: EntityRule, end: End, setting: Setting) -> Any:
        told = replace(entity, not_ports=()) if end is End.SOURCE else entity
        return right(told, end, setting)

    return lower_entity


def ranges_of_source_ports_are_first_ports(right: Function) -> Function:
    def lower_port(entity: EntityRule, port: Any, end: End, setting: Setting) -> Any:
        if end is End.SOURCE and isinstance(port, PortRange):
            port = PortRange(port.first, port.first)
        return right(entity, port, end, setting)

    return lower_port


def one_name_stands_for_all_of_an_outcome(right: Function) -> Function:
    def other_names(tests: Any, mentioned: Any) -> Any:
        return tuple(names[::2] for names in right(tests, mentioned))

    return other_names


def other_names_pass_no_test(right: Function) -> Function:
    def name_passes(terms: Terms, space: Any, test: Any, text: str) -> Any:
        return right(terms, replace(space, passing={}), test, text)

    return name_passes


def connections_come_from_port_0(_: Function) -> Function:
    def legal(terms: Terms, space: Any) -> Any:
        return terms.conjunction(
            (terms.at_most(space.protocol, 2), terms.negation(terms.equals(space.port, 0)))
        )

    return legal


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
    def holds(labels: dict[str, str], tree: Expression, view: Any, stand_in: Any) -> bool:
        return bool(right({**labels, "projectcalico.org/namespace": "x"}, tree, view, stand_in))

    return holds


def both_ends_need_not_match(right: Function) -> Function:
    return lambda entity, end, setting: ALWAYS if end is End.SOURCE else right(entity, end, setting)


def accounts_lend_no_labels(right: Function) -> Function:
    def meant(key: str, view: Any) -> Any:
        return (calico_selectors.Whose.POD, key) if key.startswith("pcsa.") else right(key, view)

    return meant


def accounts_have_any_name(_: Function) -> Function:
    return lambda end, names: ALWAYS


def parts_of_inherited_names_are_of_any_length(right: Function) -> Function:
    def tested(end: End, key: str, view: Any, test: Any, text: str) -> Any:
        found = right(end, key, view, test, text)
        parts = [one for one in atoms_of(found) if isinstance(one, AccountText)]
        return parts[0] if parts else found

    return tested


def accounts_are_not_asked_for(_: Function) -> Function:
    return lambda accounts, end: ALWAYS


def accounts_alone_find_nobody(_: Function) -> Function:
    return lambda accounts: False


def sets_run_as_nobody(_: Function) -> Function:
    return lambda accounts, labels: accounts is None


def labels_of_accounts_are_free(_: Function) -> Function:
    return lambda terms, end, cluster: iter(())


def an_account_has_other_labels_at_each_end(_: Function) -> Function:
    return lambda terms, space: iter(())


def names_of_accounts_pass_every_test(right: Function) -> Function:
    def runs_as(terms: Terms, end: Any, atom: Any) -> Any:
        return terms.true if isinstance(atom, AccountText) else right(terms, end, atom)

    return runs_as


def accounts_of_one_kind_are_always_two(right: Function) -> Function:
    def found(tests: Any, mentioned: Any) -> Any:
        given = right(tests, mentioned)
        return replace(given, names=(*given.names, *given.alone), alone=())

    return found


def long_names_are_of_the_kind_of_short_ones(right: Function) -> Function:
    return lambda name, tests: (True, right(name, tests)[1])


def long_names_hand_on_labels(_: Function) -> Function:
    def account_in_range(terms: Any, account: Any) -> Any:
        yield terms.at_most(account.name, account.last)
        yield in_range(terms, account.labels)

    return account_in_range


def classes_run_as_anybody(_: Function) -> Function:
    return lambda terms, end, one: iter(())


def hosts_keep_no_port_open(right: Function) -> Function:
    def failsafe(hosts: Any, direction: Direction, given: Any) -> Tier:
        return replace(right(hosts, direction, given), policies=())

    return failsafe


def all_hosts_are_configured_as_one(right: Function) -> Function:
    def alike(nodes: Any, given: Any, direction: Any) -> Any:
        found = right(nodes, given, direction)
        return {next(iter(found)): range(len(nodes))} if found else found

    return alike


def failsafe_ports_add_up(right: Function) -> Function:
    return lambda given, node, direction: right(given, node, direction) | right({}, node, direction)


def the_object_of_the_node_alone_counts(right: Function) -> Function:
    def openings(given: Any, node: str, direction: Any) -> Any:
        own = {name: one for name, one in given.items() if name == f"node.{node}"}
        return right(own or given, node, direction)

    return openings


def the_object_of_all_nodes_alone_counts(right: Function) -> Function:
    return lambda given, node, direction: right(given, "", direction)


def empty_lists_are_absent(right: Function) -> Function:
    return lambda one, direction: right(one, direction) or None


def failsafe_ports_are_open_to_all(right: Function) -> Function:
    return lambda one, remote: right(one._replace(net=""), remote)


def blocks_hold_the_host_itself(right: Function) -> Function:
    return lambda one, remote: right(one, remote.opposite)


def missing_profiles_are_skipped(right: Function) -> Function:
    return lambda name: replace(right(name), match=NEVER) if name == "none" else right(name)


def profiles_lend_no_labels(right: Function) -> Function:
    def known_hosts(policies: Any) -> Any:
        return tuple(replace(one, labels=dict(one.host.labels)) for one in right(policies))

    return known_hosts


def hosts_are_in_no_namespace(right: Function) -> Function:
    def selects(policy: Any, labels: Any) -> bool:
        return isinstance(policy, GlobalNetworkPolicy) and bool(right(policy, labels))

    return selects


def hosts_are_no_peers(_: Function) -> Function:
    return lambda entity, end, setting: NEVER


def hosts_are_peers_without_address(right: Function) -> Function:
    def host_found(entity: Any, end: End, setting: Any) -> Any:
        found = right(entity, end, setting)
        return found if found == NEVER else replace(found, found=Found.AS_SUBJECT)

    return host_found


def hosts_name_no_ports(_: Function) -> Function:
    return lambda end, name, hosts: iter(())


def a_host_meets_its_own_pods(_: Function) -> Function:
    return lambda terms, space, scene: iter(())


def hosts_have_any_address(_: Function) -> Function:
    return lambda terms, space, end, scene=None: iter(())


def hosts_have_every_label(right: Function) -> Function:
    return lambda point, group: isinstance(group, HostsWhere) or right(point, group)


def hosts_go_by_every_name(right: Function) -> Function:
    return lambda point, group: isinstance(group, HostNamed) or right(point, group)


def pods_pass_no_host(_: Function) -> Function:
    return lambda workload, hosts: None


def hosts_expect_no_pod(_: Function) -> Function:
    return lambda workload, host: frozenset()


FAILSAFE = calico_failsafe.__name__
OF_ALL, OF_SOME = "failsafe-ports-of-all-nodes", "failsafe-ports-of-some-nodes"
CALICO_WORLD_MUTANTS: tuple[Mutant, ...] = (
    mutant(classes.__name__, "passed_by", pods_pass_no_host, "claims-on-pods-of-hosts.1"),
    mutant(classes.__name__, "expected_in", hosts_expect_no_pod, "claims-on-pods-of-hosts.2"),
    mutant(
        host_endpoints.__name__,
        "two_hosts",
        a_host_meets_its_own_pods,
        "claims-on-a-host-and-its-own-pods.1",
    ),
    mutant(
        host_endpoints.__name__,
        "host_constraints",
        hosts_have_any_address,
        "claims-on-hosts.9",
    ),
    mutant(claims.__name__, "_is_such", hosts_have_every_label, "claims-on-hosts.1"),
    mutant(claims.__name__, "_is_such", hosts_go_by_every_name, "forwarded-from-a-host.1"),
    mutant(
        namespaces.__name__,
        "declared_accounts",
        labels_of_accounts_are_free,
        "claims-on-labels-of-accounts.3",
    ),
    mutant(
        namespaces.__name__,
        "one_account",
        an_account_has_other_labels_at_each_end,
        "claims-on-one-account-at-both-ends.1",
    ),
    mutant(
        namespaces.__name__,
        "account_in_range",
        long_names_hand_on_labels,
        "claims-on-accounts-with-long-names.1",
    ),
    mutant(
        accounts.__name__,
        "other_accounts",
        accounts_of_one_kind_are_always_two,
        "claims-on-the-one-account-of-its-kind.1",
    ),
    mutant(
        matching.__name__,
        "_runs_as",
        names_of_accounts_pass_every_test,
        "claims-on-parts-of-names-of-accounts.6",
    ),
    mutant(
        classes.__name__,
        "kind_of",
        long_names_are_of_the_kind_of_short_ones,
        "claims-on-parts-of-names-of-accounts.3",
    ),
    mutant(profiles.__name__, "runs_as", classes_run_as_anybody, "claims-on-accounts.4"),
    mutant(
        spaces.__name__,
        "other_names",
        one_name_stands_for_all_of_an_outcome,
        "claims-on-two-names-of-one-kind.1",
    ),
    mutant(
        matching.__name__,
        "name_passes",
        other_names_pass_no_test,
        "claims-on-parts-of-names.5",
    ),
    mutant(worlds.__name__, "legal", connections_come_from_port_0, "claims-on-source-ports.9"),
    mutant(
        profiles.__name__,
        "declared_ports",
        pods_declare_any_source_port,
        "claims-on-named-source-ports.3",
    ),
)
"""Each is killed by the claim that it names: another verdict, or no replay."""


def every_rule_can_be_converted(_: Function) -> Function:
    return lambda rule: True


def peers_find_no_hosts(right: Function) -> Function:
    return lambda peer, other, setting: right(peer, other, replace(setting, hosts=()))


def peers_of_pods_find_sets(right: Function) -> Function:
    return lambda peer: replace(right(peer), selector=None)


def peers_of_namespaces_find_pods_only(right: Function) -> Function:
    def entity_of(peer: Any) -> EntityRule:
        found: EntityRule = right(peer)
        return found if found.selector is not None else right(replace(peer, pods=LabelSelector()))

    return entity_of


def what_cannot_be_converted_is_dropped(right: Function) -> Function:
    def lower_rules(policy: Any, direction: Direction, sets: Any) -> Any:
        return [one for one in right(policy, direction, sets) if one.match != ALWAYS]

    return lower_rules


def admin_policies_stand_in_the_default_tier(right: Function) -> Function:
    return lambda policy: "default" if isinstance(policy, AdminPolicy) else right(policy)


def sets_inherit_no_labels(_: Function) -> Function:
    return lambda one: dict(one.labels)


def types_go_by_elements_whoever_fills_them_in(_: Function) -> Function:
    return calico_types.types_of


def init_containers_have_no_names(_: Function) -> Function:
    return lambda match, hosts: match


CALICO_ENCODING_MUTANTS: tuple[Mutant, ...] = (
    mutant(
        calico_admin.__name__,
        "is_converted",
        every_rule_can_be_converted,
        "D7-a-name-cannot-be-converted.2",
    ),
    mutant(
        calico_admin.__name__,
        "lower_peer",
        peers_find_no_hosts,
        "D7-negative-namespaces-find-hosts.1",
    ),
    mutant(
        calico_admin.__name__,
        "entity_of",
        peers_of_pods_find_sets,
        "D7-all-namespaces-find-no-hosts.2",
    ),
    mutant(calico_admin.__name__, "entity_of", peers_of_pods_find_sets, "D7-pods-find-no-sets.1"),
    mutant(
        calico_admin.__name__,
        "entity_of",
        peers_of_namespaces_find_pods_only,
        "D7-namespaces-find-sets.1",
    ),
    mutant(
        calico_admin.__name__,
        "lower_rules",
        what_cannot_be_converted_is_dropped,
        "D7-a-pass-that-cannot-be-converted.1",
    ),
    mutant(
        calico.__name__,
        "tier_of",
        admin_policies_stand_in_the_default_tier,
        "D7-baseline-comes-last.2",
    ),
    mutant(
        calico_rules.__name__,
        "set_labels",
        sets_inherit_no_labels,
        "D34-a-set-by-a-label-of-its-namespace.2",
    ),
    mutant(
        calico_types.__name__,
        "types_by_presence",
        types_go_by_elements_whoever_fills_them_in,
        "F130.1:calico-types",
    ),
    mutant(calico.__name__, "with_every_port", init_containers_have_no_names, "F134.1"),
    mutant(calico.__name__, "failsafe", hosts_keep_no_port_open, "failsafe-ports.1"),
    mutant(FAILSAFE, "alike", all_hosts_are_configured_as_one, f"{OF_SOME}.2"),
    mutant(FAILSAFE, "openings", failsafe_ports_add_up, f"{OF_ALL}.3"),
    mutant(FAILSAFE, "openings", the_object_of_the_node_alone_counts, f"{OF_SOME}.6"),
    mutant(FAILSAFE, "openings", the_object_of_all_nodes_alone_counts, f"{OF_SOME}.5"),
    mutant(FAILSAFE, "_listed", empty_lists_are_absent, f"{OF_ALL}.11"),
    mutant(FAILSAFE, "_opened", failsafe_ports_are_open_to_all, f"{OF_ALL}.4"),
    mutant(FAILSAFE, "_opened", blocks_hold_the_host_itself, f"{OF_ALL}.5"),
    mutant(calico_hosts.__name__, "_missing", missing_profiles_are_skipped, "F127.1"),
    mutant(calico.__name__, "known_hosts", profiles_lend_no_labels, "labels-of-profiles.1"),
    mutant(calico.__name__, "_selects_host", hosts_are_in_no_namespace, "F129.1"),
    mutant(calico_rules.__name__, "host_found", hosts_are_no_peers, "hosts-as-peers.1"),
    mutant(
        calico_rules.__name__, "host_found", hosts_are_peers_without_address, "hosts-as-peers.2"
    ),
    mutant(calico.__name__, "named_on", hosts_name_no_ports, "F135.1"),
    mutant(calico_selectors.__name__, "_meant", accounts_lend_no_labels, "added-labels.2"),
    mutant(
        calico_selectors.__name__,
        "_tested",
        parts_of_inherited_names_are_of_any_length,
        "parts-of-names-of-accounts.7",
    ),
    mutant(calico_rules.__name__, "runs_as", accounts_have_any_name, "accounts-by-name.2"),
    mutant(calico_rules.__name__, "runs_as_asked", accounts_are_not_asked_for, "accounts.2"),
    mutant(calico_rules.__name__, "restricts", accounts_alone_find_nobody, "accounts.2"),
    mutant(calico_rules.__name__, "set_runs_as", sets_run_as_nobody, "F124.1"),
    mutant(calico.__name__, "ranked_tiers", tiers_go_by_name, "F120.1"),
    mutant(calico.__name__, "ranked_tiers", tiers_pass_by_default, "F84.1"),
    mutant(calico.__name__, "ranked_tiers", every_tier_denies_at_its_end, "kube-admin-passes.2"),
    mutant(calico.__name__, "order_of", kubernetes_policies_come_last, "F80.1"),
    mutant(calico.__name__, "order_of", policies_without_order_come_first, "negative-orders.2"),
    mutant(calico_types.__name__, "types_of", types_as_kubernetes_fills_them_in, "F77.1"),
    mutant(calico.__name__, "_rules", log_allows, "F82.1"),
    mutant(calico.__name__, "lower_subject", subjects_are_not_selected, "F85.1"),
    mutant(calico.__name__, "tunnels", pods_may_open_tunnels, "F132.1"),
    mutant(calico_rules.__name__, "lower_nets", not_nets_ignore_the_family, "F91.1"),
    mutant(calico_rules.__name__, "lower_protocol", protocols_by_number_are_none, "protocols.1"),
    mutant(calico_rules.__name__, "sets_found", sets_are_for_everybody, "F123.1"),
    mutant(calico_rules.__name__, "lower_port", names_need_no_selector, "F126.1"),
    mutant(
        calico_rules.__name__, "lower_port", source_ports_are_destination_ports, "source-ports.1"
    ),
    mutant(
        calico_rules.__name__,
        "lower_port",
        names_of_source_ports_are_the_destinations,
        "named-source-ports.1",
    ),
    mutant(
        calico_rules.__name__,
        "in_ports",
        hosts_are_asked_for_destination_ports,
        "named-source-ports-of-hosts.1",
    ),
    mutant(
        calico_rules.__name__,
        "lower_port",
        ranges_of_source_ports_are_first_ports,
        "source-port-ranges.4",
    ),
    mutant(
        calico_rules.__name__,
        "lower_entity",
        not_ports_of_the_source_count_for_nothing,
        "source-port-ranges.3",
    ),
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
