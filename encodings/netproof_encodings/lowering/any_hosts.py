"""The host endpoints that there may be beside those of the input, as policies tell them apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from netproof_encodings.decision.conditions import (
    NEVER,
    End,
    Labelled,
    Match,
    Whose,
    some,
)
from netproof_encodings.lowering import (
    calico_failsafe,
    calico_forward,
    calico_hosts,
    calico_others,
    calico_rules,
    calico_selectors,
    calico_versions,
    is_calico,
)
from netproof_encodings.vocabulary.hosts import HostLabels, OtherHosts
from netproof_specs.loading.lending import lent_to_hosts
from netproof_specs.model.calico import GlobalNetworkPolicy, Profile, ProtocolRef, Stage
from netproof_specs.model.cluster import AnyPolicy, Policy
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.nodes import Node


def other_hosts(
    policies: Sequence[AnyPolicy],
    nodes: Sequence[Node] = (),
    having: HostLabels = HostLabels.NOT_OF_PODS,
    asked: Collection[str] = (),
) -> OtherHosts | None:
    """The host endpoints that there may be beside those of the input; None without Calico.

    Any of them lists one profile of the input, the one that is built in, or none, and two where
    that can tell more. Claims ask for own labels of the keys `asked`; these are of the ends of a
    connection, so that what hosts let through has nothing to do with them.

    One that a policy selects which counts before others is barred: these are not decided on (D.38).
    Some are on one of the `nodes` that the input may have, of which agents are configured by name
    (D.36).
    """
    if not is_calico(policies):
        return None
    listed = lent_to_hosts(calico_versions.hosts_of_one(policies, asked), nodes)
    barred = {end: _barred(policies, listed, end) for end in End}
    telling = _telling(
        calico_versions.hosts_of_one(policies), calico_versions.is_exact(policies, policies)
    )
    return OtherHosts(
        listed,
        barred,
        calico_forward.passed_by_any(policies, telling, having),
        _named([policies]),
        _unlike([policies]),
        _longest(calico_versions.is_exact(policies, policies, asked)),
        having,
    )


def other_hosts_of_both(
    old: Sequence[AnyPolicy],
    new: Sequence[AnyPolicy],
    nodes: Sequence[Node] = (),
    having: HostLabels = HostLabels.NOT_OF_PODS,
) -> OtherHosts | None:
    """The same beside two versions of the policies; one is barred that either of them bars."""
    if not is_calico((*old, *new)):
        return None
    both = [old, new]
    listed = lent_to_hosts(calico_versions.hosts_of_both(old, new), nodes)
    exact = calico_versions.is_exact(old, new)
    barred = {end: some(_barred(version, listed, end) for version in both) for end in End}
    passed = calico_forward.passed_in(both, _telling(listed, exact), having)
    if passed is not None and len(passed) > calico_versions.MOST_PASSED:
        passed = None
    return OtherHosts(listed, barred, passed, _named(both), _unlike(both), _longest(exact), having)


def _longest(exact: bool) -> int | None:
    return None if exact else calico_versions.LONGEST


def _telling(listed: Iterable[HostEndpoint], exact: bool) -> Sequence[tuple[str, ...]]:
    """The lists of profiles that can make a difference to what hosts let through: by labels."""
    return [()] if exact else list(dict.fromkeys(one.profiles for one in listed))


def _named(versions: Iterable[Sequence[AnyPolicy]]) -> frozenset[str]:
    """The nodes that have a configuration of their own in some version."""
    given = map(calico_failsafe.configurations, versions)
    return frozenset(name for one in given for name in calico_failsafe.named_nodes(one))


def _unlike(versions: Iterable[Sequence[AnyPolicy]]) -> tuple[tuple[str, ...], ...]:
    """The nodes that keep other ports open than most do in some version, those alike together."""
    return calico_failsafe.unlike_nodes(*map(calico_failsafe.configurations, versions))


def _barred(policies: Sequence[AnyPolicy], listed: Sequence[HostEndpoint], end: End) -> Match:
    """That the end is one of the others that some policy selects which counts before others."""
    settings = [one for one in policies if isinstance(one, Profile)]
    known = calico_hosts.known_hosts([*settings, *listed])
    return some(
        calico_others.others_selected(one, end, known)
        for one in policies
        if isinstance(one, GlobalNetworkPolicy) and _is_early(one)
    )


def in_place(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    """The policies without those for host endpoints that count before others (D.38).

    What these leave over is decided as if there were none.
    """
    return tuple(
        one for one in policies if not (isinstance(one, GlobalNetworkPolicy) and _is_early(one))
    )


def _is_early(policy: GlobalNetworkPolicy) -> bool:
    return policy.stage is not Stage.NORMAL


def is_of_pods(key: str) -> bool:
    """Iff Calico gives pods a label of the key, by which selectors tell them (D.15)."""
    return calico_selectors.is_of_pods(key)


def others_at_home(end: End, names: Iterable[str]) -> Match:
    """The end is one of the others, with the label of one of the namespaces of its own (D.13)."""
    listed = tuple(sorted(names))
    # Where no policy is pinned to one nothing asks for that label.
    return Labelled(end, Whose.HOST, calico_selectors.NAMESPACE, listed) if listed else NEVER


def protocol_named(reference: ProtocolRef) -> Match:
    """The connection uses the protocol of a named port of a host endpoint (D.18, D.20)."""
    return calico_rules.lower_protocol(reference)
