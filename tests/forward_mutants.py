"""Planted errors in what hosts let through (D.37), and the rows and claims that notice them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.mutants import Function, Mutant, mutant

from netproof.decisions import Passing, SideDecision, Step
from netproof.oracle import forwarded
from netproof_encodings.lowering import calico_forward
from netproof_encodings.meaning import open_worlds, passing
from netproof_encodings.vocabulary import hosts
from netproof_encodings.vocabulary.hosts import NOTHING
from netproof_specs.assumptions import Assumptions
from netproof_specs.model.calico import GlobalNetworkPolicy
from netproof_specs.model.connections import Connection, ExternalEndpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Action, Direction

# --- the oracle --------------------------------------------------------------------------------


def any_interface_is_sure(right: Function) -> Function:
    def is_sure(_: Any, host: HostEndpoint, end: Direction, connection: Connection) -> bool:
        whole = replace(host, interface="*")
        return bool(right((whole,), whole, end, connection))

    return is_sure


def the_first_of_several_is_sure(right: Function) -> Function:
    def is_sure(_: Any, host: HostEndpoint, end: Direction, connection: Connection) -> bool:
        return bool(right((host,), host, end, connection))

    return is_sure


def pods_pass_hosts_for_sure(right: Function) -> Function:
    def is_sure(all_of: Any, host: HostEndpoint, end: Direction, connection: Connection) -> bool:
        outside = ExternalEndpoint("8.8.8.8")
        other = "destination" if end is Direction.EGRESS else "source"
        return bool(right(all_of, host, end, replace(connection, **{other: outside})))  # type: ignore[arg-type]

    return is_sure


def unknown_nodes_have_no_host(right: Function) -> Function:
    def passed(policies: Any, end: Direction, connection: Connection, assumed: Assumptions) -> Any:
        pod = connection.source if end is Direction.EGRESS else connection.destination
        known = isinstance(pod, PodEndpoint) and pod.node is not None
        return right(policies, end, connection, assumed) if known else []

    return passed


def hosts_pass_on_their_own(right: Function) -> Function:
    def passed(policies: Any, end: Direction, connection: Connection, assumed: Assumptions) -> Any:
        as_pods = {
            one: replace(pod, host_network=False)
            for one in ("source", "destination")
            if isinstance(pod := getattr(connection, one), PodEndpoint)
        }
        return right(policies, end, replace(connection, **as_pods), assumed)

    return passed


def what_is_left_over_is_dropped(_: Function) -> Function:
    def lets_through(steps: tuple[Step, ...], _: Passing) -> bool:
        return bool(steps) and steps[-1].action is Action.ALLOW

    return lets_through


def what_is_left_over_is_accepted(_: Function) -> Function:
    def lets_through(steps: tuple[Step, ...], _: Passing) -> bool:
        return not steps or steps[-1].action is not Action.DENY

    return lets_through


def every_policy_is_for_what_passes(_: Function) -> Function:
    def forwarding(policies: Sequence[Any], *_: Any) -> list[GlobalNetworkPolicy]:
        return [one for one in policies if isinstance(one, GlobalNetworkPolicy)]

    return forwarding


def hosts_see_one_direction(right: Function) -> Function:
    def possible_denials(*asked: Any) -> tuple[SideDecision, ...]:
        found = right(*asked)
        return tuple(one for one in found if one.passing and one.direction is one.passing.end)

    return possible_denials


def ties_are_settled(right: Function) -> Function:
    return lambda *asked: right(*asked)[:1]


FORWARD_MUTANTS: tuple[Mutant, ...] = (
    mutant(
        forwarded.__name__,
        "is_sure",
        any_interface_is_sure,
        "forwarded-through-some-interface.1",
    ),
    mutant(
        forwarded.__name__,
        "is_sure",
        the_first_of_several_is_sure,
        "forwarded-through-some-interface.3",
    ),
    mutant(forwarded.__name__, "is_sure", pods_pass_hosts_for_sure, "forwarded-out.7"),
    mutant(forwarded.__name__, "passed", unknown_nodes_have_no_host, "forwarded-out.12"),
    mutant(forwarded.__name__, "passed", hosts_pass_on_their_own, "forwarded-in.7"),
    mutant(
        forwarded.__name__, "_lets_through", what_is_left_over_is_dropped, "forwarded-left-over.1"
    ),
    mutant(
        forwarded.__name__, "_lets_through", what_is_left_over_is_accepted, "forwarded-left-over.2"
    ),
    mutant(forwarded.__name__, "forwarding", every_policy_is_for_what_passes, "forwarded-tiers.5"),
    mutant(
        "netproof.oracle.connections",
        "possible_denials",
        hosts_see_one_direction,
        "forwarded-both-ways.3",
    ),
    mutant(forwarded.__name__, "outcomes", ties_are_settled, "forwarded-ties.1"),
)

# --- the encoding ------------------------------------------------------------------------------


def classes_of_unknown_nodes_pass_nothing(right: Function) -> Function:
    return lambda *given: right(*given) | {None: NOTHING}


def every_host_is_passed_for_sure(right: Function) -> Function:
    def behind_nodes(*given: Any) -> Any:
        return {
            node: replace(one, surely=min(one.perhaps)) if node and one.perhaps else one
            for node, one in right(*given).items()
        }

    return behind_nodes


def nothing_passes_for_sure(right: Function) -> Function:
    return lambda algebra, *given: replace(right(algebra, *given), surely=algebra.terms.false)


def nothing_passes_perhaps(right: Function) -> Function:
    return lambda algebra, *given: replace(right(algebra, *given), perhaps=algebra.terms.false)


def all_that_may_pass_does(right: Function) -> Function:
    return lambda *given: replace(right(*given), surely=right(*given).perhaps)


def pods_pass_the_host_they_talk_to(_: Function) -> Function:
    return lambda algebra, *_: algebra.terms.false


def pods_of_open_worlds_are_on_some_node(right: Function) -> Function:
    return lambda terms, space, scene, end: right(terms, space, scene, replace(end, passing=None))


def tiers_of_one_direction(right: Function) -> Function:
    def passing_in(members: Any, direction: Direction, setting: Any) -> Any:
        return right(members, direction, setting) if direction is Direction.EGRESS else iter(())

    return passing_in


FORWARD_WORLD_MUTANTS: tuple[Mutant, ...] = (
    mutant(
        hosts.__name__, "behind_nodes", classes_of_unknown_nodes_pass_nothing, "forwarded-out.8"
    ),
    mutant(
        hosts.__name__,
        "behind_nodes",
        every_host_is_passed_for_sure,
        "forwarded-through-some-interface.1",
    ),
    mutant(passing.__name__, "passes_at", nothing_passes_for_sure, "forwarded-out.1"),
    mutant(passing.__name__, "passes_at", nothing_passes_perhaps, "forwarded-out.5"),
    mutant(passing.__name__, "passes_at", all_that_may_pass_does, "forwarded-out.6"),
    mutant(
        passing.__name__,
        "_is_of_its_node",
        pods_pass_the_host_they_talk_to,
        "forwarded-from-a-host.1",
    ),
    mutant(
        open_worlds.__name__, "_any_pod", pods_of_open_worlds_are_on_some_node, "forwarded-out.15"
    ),
    mutant(calico_forward.__name__, "_passing", tiers_of_one_direction, "forwarded-in.1"),
)
