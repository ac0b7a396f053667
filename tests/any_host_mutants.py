"""Planted errors in what is said of host endpoints of any cluster, and the claims that notice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.mutants import Function, mutant

from netproof_encodings.decision.conditions import Counted, Found
from netproof_encodings.logic.terms import Terms
from netproof_encodings.lowering import (
    calico_failsafe,
    calico_forward,
    calico_hosts,
    calico_others,
)
from netproof_encodings.meaning import claims, host_endpoints, matching, open_worlds, worlds
from netproof_specs.model.calico import CalicoNetworkPolicy, GlobalNetworkPolicy, Stage
from netproof_specs.model.traffic import Direction


def policies_of_namespaces_select_all(right: Function) -> Function:
    def selects(policy: Any, at: Any) -> Any:
        if isinstance(policy, CalicoNetworkPolicy):
            return right(GlobalNetworkPolicy(policy.name, policy.spec, None), at)
        return right(policy, at)

    return selects


def profiles_apply_no_labels(right: Function) -> Function:
    return lambda policies: tuple(replace(one, labels={}) for one in right(policies))


def peers_without_address(right: Function) -> Function:
    def others_where(end: Any, hosts: Any, found: Any, asked: Any) -> Any:
        return right(end, hosts, Found.AS_SUBJECT, asked)

    return others_where


def one_name_for_two(right: Function) -> Function:
    def constraints(terms: Terms, space: Any, others: Any) -> Iterator[Any]:
        yield from list(right(terms, space, others))[:6]

    return constraints


def none_is_left_aside(_: Function) -> Function:
    return lambda terms, space, condition, known: terms.false


def one_address_for_two(_: Function) -> Function:
    return lambda terms, space: terms.true


def hosts_name_no_ports(right: Function) -> Function:
    def named(terms: Terms, space: Any, atom: Any) -> Any:
        return terms.false if atom.counted is Counted.OF_HOST else right(terms, space, atom)

    return named


def groups_hold_every_other(_: Function) -> Function:
    return lambda terms, end, group: end.is_other_host(terms)


def one_kind_of_host(right: Function) -> Function:
    return lambda *given: right(*given)[:1]


def pods_are_behind_hosts_left_aside(right: Function) -> Function:
    def passed_by_any(policies: Any, *rest: Any) -> Any:
        early = Stage.BEFORE_DNAT
        return right([one for one in policies if getattr(one, "stage", None) is not early], *rest)

    return passed_by_any


def no_node_is_configured_by_name(_: Function) -> Function:
    return lambda given: iter(())


def one_node_stands_for_two(right: Function) -> Function:
    def unlike_nodes(given: Any) -> Iterator[str]:
        told = set()
        for node in right(given):
            known = tuple(calico_failsafe.openings(given, node, one) for one in Direction)
            if known not in told:
                told.add(known)
                yield node

    return unlike_nodes


def one_node_is_two(_: Function) -> Function:
    return lambda terms, space, scene: iter(())


SUBJECTS, PEERS = "claims-on-any-hosts-as-subjects", "claims-on-any-hosts-as-peers"
OTHERS, FORWARD = calico_others.__name__, calico_forward.__name__
FAILSAFE = calico_failsafe.__name__
LET_THROUGH = "claims-on-what-any-hosts-let-through"
ANY_HOST_MUTANTS = [
    mutant(OTHERS, "_selects", policies_of_namespaces_select_all, f"{SUBJECTS}.6"),
    mutant(
        calico_hosts.__name__,
        "known_hosts",
        profiles_apply_no_labels,
        "claims-on-any-hosts-with-profiles.4",
    ),
    mutant(OTHERS, "others_where", peers_without_address, f"{PEERS}.9"),
    mutant(
        open_worlds.__name__, "other_host_constraints", one_name_for_two, "claims-without-hosts.5"
    ),
    mutant(
        host_endpoints.__name__,
        "matches",
        none_is_left_aside,
        "claims-on-any-hosts-that-are-left-aside.1",
    ),
    mutant(worlds.__name__, "two_addresses", one_address_for_two, "claims-without-hosts.9"),
    mutant(
        matching.__name__, "_named", hosts_name_no_ports, "claims-on-any-hosts-with-named-ports.3"
    ),
    mutant(claims.__name__, "_other", groups_hold_every_other, f"{PEERS}.4"),
    mutant(FAILSAFE, "unlike_nodes", no_node_is_configured_by_name, "claims-on-failsafe-ports.7"),
    mutant(FAILSAFE, "unlike_nodes", one_node_stands_for_two, "claims-on-failsafe-ports.12"),
    mutant(worlds.__name__, "two_hosts", one_node_is_two, "claims-on-failsafe-ports.13"),
    mutant(FORWARD, "passed_by_any", one_kind_of_host, f"{LET_THROUGH}.3"),
    mutant(FORWARD, "passed_by_any", pods_are_behind_hosts_left_aside, f"{LET_THROUGH}.4"),
]
