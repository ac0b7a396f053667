"""Host endpoints that are none of the input: what policies ask of labels that may be any.

What is known of them is which profiles they list. The functions are those for known labels once
more, as conditions (D.14, D.15, D.22, D.23, D.31).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import assert_never

from netproof_encodings.decision.conditions import (
    ALWAYS,
    NEVER,
    Counted,
    End,
    Found,
    Labelled,
    LabelText,
    Match,
    NamesPort,
    Not,
    TextTest,
    Whose,
    atoms_of,
    every,
    some,
)
from netproof_encodings.lowering.calico_failsafe import configurations, unlike_nodes
from netproof_encodings.lowering.calico_hosts import DEFAULT_ALLOW, KnownHost, is_one_of
from netproof_encodings.lowering.calico_selectors import ACCOUNT, NAMESPACE, TESTS, View
from netproof_encodings.vocabulary.texts import passes
from netproof_specs.frozen import Frozen
from netproof_specs.model.calico import (
    AccountMatch,
    CalicoNetworkPolicy,
    EntityRule,
    GlobalNetworkPolicy,
    Profile,
)
from netproof_specs.model.calico_selectors import (
    All,
    And,
    Compared,
    Comparison,
    Expression,
    Global,
    Has,
    Listed,
    Membership,
    Or,
    Selector,
)
from netproof_specs.model.calico_selectors import Not as Negated
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.syntax import label_key_fault, label_value_fault

ANYBODY = EntityRule()
"""What is asked of an end of which nothing is asked."""

_OF_PODS = ("kns.", "ksa.")
"""How the names of profiles begin that Calico makes of namespaces and service accounts."""

Applied = Mapping[str, str]
"""The labels that the profiles of such host endpoints apply, where these have none of the key."""


def host_listing(profiles: Sequence[str] = (), node: str = "") -> HostEndpoint:
    """What stands for all host endpoints that list these profiles, or none.

    They are on the node, or for the empty name on any that keeps the ports open that most do.
    """
    what = ", ".join(profiles) or "no profile"
    name = f"<{what} on {node}>" if node else f"<{what}>"
    return HostEndpoint(name, (), node, profiles=tuple(profiles), invented=True)


def hosts_with(
    lists: Sequence[tuple[str, ...]], versions: Iterable[Sequence[AnyPolicy]]
) -> tuple[HostEndpoint, ...]:
    """One for each list of profiles, and as many again for a node whose hosts keep other ports open
    in some version of the policies (D.36).

    A connection has two ends, so that of nodes that are alike two stand for all of them.
    """
    kinds = unlike_nodes(*map(configurations, versions))
    nodes = ("", *sorted(name for alike in kinds for name in alike[:2]))
    return tuple(host_listing(profiles, node) for node in nodes for profiles in lists)


def profiles_listed(policies: Iterable[AnyPolicy]) -> tuple[str, ...]:
    """The profile that is built in, then those of the input.

    Those that Calico makes of namespaces and service accounts are for pods alone (D.8).
    """
    listed = (one.name for one in policies if isinstance(one, Profile))
    named = {name for name in listed if not name.startswith(_OF_PODS)}
    return DEFAULT_ALLOW, *sorted(named - {DEFAULT_ALLOW})


def others_where(
    end: End, hosts: Sequence[KnownHost], found: Found, asked: Callable[[Applied], Match]
) -> Match:
    """The end is one of those of the host endpoints that are none of the input, and as `asked`."""
    others = [one for one in hosts if one.host.invented]
    if not others:
        return NEVER
    # Most profiles apply no label that is asked for, so that one condition is for most of them.
    unlabelled = asked({})
    keys = {one.key for one in atoms_of(unlabelled) if isinstance(one, Labelled | LabelText)}
    alike: dict[tuple[tuple[str, str], ...], list[KnownHost]] = {}
    for one in others:
        told = tuple(sorted(pair for pair in one.labels.items() if pair[0] in keys))
        alike.setdefault(told, []).append(one)
    conditions = (
        (those, asked(dict(told)) if told else unlabelled) for told, those in alike.items()
    )
    return some(
        every((is_one_of(end, those, found), condition))
        for those, condition in conditions
        if condition != NEVER
    )


def others_selected(
    policy: CalicoNetworkPolicy | GlobalNetworkPolicy, end: End, hosts: Sequence[KnownHost]
) -> Match:
    """The end is one of the others that the policy is for (D.13, D.14)."""
    return others_where(end, hosts, Found.AS_SUBJECT, lambda one: _selects(policy, _At(end, one)))


def others_found(entity: EntityRule, end: End, hosts: Sequence[KnownHost], namespace: str) -> Match:
    """The end is one of the others that meets all selectors, by an address (D.22, D.23, D.35)."""
    return others_where(
        end, hosts, Found.BY_ADDRESS, lambda one: _found(entity, _At(end, one), namespace)
    )


def others_named(
    end: End,
    name: str,
    hosts: Sequence[KnownHost],
    entity: EntityRule = ANYBODY,
    namespace: str = "",
) -> Match:
    """The end is one of the others that the entity finds, on a port of that name (D.6, D.20)."""
    there = others_found(entity, end, hosts, namespace)
    named = NamesPort(name, counted=Counted.OF_HOST, end=end)
    return NEVER if there == NEVER else every((there, named))


class _At(Frozen):
    """The labels of an end that is such a host endpoint, as conditions."""

    end: End
    applied: Applied

    def has(self, key: str, values: Iterable[str] | None) -> Match:
        """The label is there, with one of the values where they are given."""
        if label_key_fault(key):
            return NEVER
        if values is None:
            return self._or_applied(key, Labelled(self.end, Whose.HOST, key, None), lambda _: True)
        # A text that is no legal label value is on no object.
        legal = tuple(sorted({value for value in values if not label_value_fault(value)}))
        own: Match = Labelled(self.end, Whose.HOST, key, legal) if legal else NEVER
        return self._or_applied(key, own, lambda value: value in legal)

    def passes(self, key: str, test: TextTest, text: str) -> Match:
        """The label is there, with a value that passes the test; the empty text is in every one."""
        if not text:
            return self.has(key, None)
        if label_key_fault(key):
            return NEVER
        own = LabelText(self.end, Whose.HOST, key, test, text)
        return self._or_applied(key, own, lambda value: passes(value, test, text))

    def _or_applied(self, key: str, own: Match, meets: Callable[[str], bool]) -> Match:
        """The own label, or in its absence the one that a profile applies."""
        value = self.applied.get(key)
        if value is None or not meets(value):
            return own
        return some((own, Not(Labelled(self.end, Whose.HOST, key, None))))

    def meets(self, selector: Selector | None, view: View, stand_in: str | None = None) -> Match:
        """The labels meet the selector; the exact text `all()` asks for `stand_in`, if given."""
        if selector is None:
            return ALWAYS
        return self._holds(selector.tree, view.value, stand_in)

    def _holds(self, tree: Expression, prefix: str, stand_in: str | None) -> Match:
        match tree:
            case All(spelled):
                plain = stand_in is None or spelled != "all()"
                return ALWAYS if plain or stand_in is None else self.has(stand_in, None)
            case Global():
                return Not(self.has(NAMESPACE, None))
            case Has(key):
                return self.has(prefix + key, None)
            case Compared(key, Comparison.EQUAL, text):
                return self.has(prefix + key, (text,))
            case Compared(key, Comparison.NOT_EQUAL, text):
                return Not(self.has(prefix + key, (text,)))
            case Compared(key, operator, text):
                return self.passes(prefix + key, TESTS[operator], text)
            case Listed(key, operator, texts):
                found = self.has(prefix + key, texts)
                return found if operator is Membership.IN else Not(found)
            case Negated(part):
                return Not(self._holds(part, prefix, stand_in))
            case And(parts):
                return every(self._holds(part, prefix, stand_in) for part in parts)
            case Or(parts):
                return some(self._holds(part, prefix, stand_in) for part in parts)
            case _:
                assert_never(tree)


def _selects(policy: CalicoNetworkPolicy | GlobalNetworkPolicy, at: _At) -> Match:
    """The policy is for a host endpoint with the labels (D.13, D.14)."""
    accounts = policy.spec.account_selector
    match policy:
        case CalicoNetworkPolicy(namespace):
            at_home = at.has(NAMESPACE, (namespace,))
            runs = at.meets(accounts, View.ACCOUNT)
        case GlobalNetworkPolicy():
            namespaces = policy.namespace_selector
            at_home = at.meets(namespaces, View.NAMESPACE, NAMESPACE)
            runs = at.meets(accounts, View.ACCOUNT, ACCOUNT if namespaces is None else NAMESPACE)
        case _:
            assert_never(policy)
    return every((at.meets(policy.spec.selector, View.ENDPOINT), at_home, runs))


def _found(entity: EntityRule, at: _At, namespace: str) -> Match:
    """The labels meet all selectors, `notSelector` among them (D.22, D.23)."""
    if entity.namespace_selector is not None:
        at_home = at.meets(entity.namespace_selector, View.NAMESPACE, NAMESPACE)
    else:
        at_home = at.has(NAMESPACE, (namespace,)) if namespace else ALWAYS
    rejected = (
        NEVER if entity.not_selector is None else at.meets(entity.not_selector, View.ENDPOINT)
    )
    fits = at.meets(entity.selector, View.ENDPOINT)
    return every((at_home, fits, Not(rejected), _runs_as(entity.accounts, at)))


def _runs_as(accounts: AccountMatch | None, at: _At) -> Match:
    """The labels are those of such a service account, which it may state itself (D.24)."""
    if accounts is None:
        return ALWAYS
    named = at.has(ACCOUNT, accounts.names) if accounts.names else ALWAYS
    return every((named, at.meets(accounts.selector, View.ACCOUNT)))
