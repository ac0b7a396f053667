"""What policies of Calico state, whether it is in force or not (A.52)."""

from __future__ import annotations

from collections.abc import Iterator

from netproof_encodings.decision.conditions import (
    AccountText,
    End,
    Labelled,
    LabelText,
    Match,
    Whose,
    atoms_of,
)
from netproof_encodings.lowering.calico import lower_subject
from netproof_encodings.lowering.calico_rules import Setting, lower_rule, runs_as_asked
from netproof_encodings.lowering.calico_selectors import View, pod_meets, set_meets, tests_parts
from netproof_specs.model.calico import (
    CalicoNetworkPolicy,
    CalicoRule,
    EntityRule,
    GlobalNetworkPolicy,
)
from netproof_specs.model.calico_selectors import Selector

CalicoPolicy = CalicoNetworkPolicy | GlobalNetworkPolicy


def written(policy: CalicoPolicy) -> Iterator[Match]:
    """The conditions of the policy's subject and of every rule."""
    yield lower_subject(policy, End.DESTINATION)
    setting = Setting(policy.namespace, ())
    for rule in _rules(policy):
        yield lower_rule(rule, setting)


def naming(policy: CalicoPolicy) -> Iterator[Match]:
    """Those parts of `written` that can be on the name of a namespace."""
    yield lower_subject(policy, End.DESTINATION)
    for entity in _entities(policy):
        yield pod_meets(End.SOURCE, entity.namespace_selector, View.NAMESPACE)
        yield pod_meets(End.SOURCE, entity.selector, View.ENDPOINT)
        yield pod_meets(End.SOURCE, entity.not_selector, View.ENDPOINT)


def asks_accounts(policy: CalicoPolicy) -> bool:
    """Whether some part of `written` is on a label of a service account (D.15, D.24)."""
    return any(
        isinstance(atom, Labelled | LabelText) and atom.whose is Whose.ACCOUNT
        for match in _on_accounts(policy)
        for atom in atoms_of(match)
    )


def _on_accounts(policy: CalicoPolicy) -> Iterator[Match]:
    yield lower_subject(policy, End.DESTINATION)
    for entity in _entities(policy):
        yield pod_meets(End.SOURCE, entity.selector, View.ENDPOINT)
        yield pod_meets(End.SOURCE, entity.not_selector, View.ENDPOINT)
        yield runs_as_asked(entity.accounts, End.SOURCE)


def asks_for_parts(policy: CalicoPolicy) -> bool:
    """Whether some part of `written` is on a part of a label's value, or of a name (D.31)."""
    # Few selectors have such a test, and to see that nothing is lowered.
    return any(tests_parts(one.tree) for one in _selectors(policy)) and any(
        isinstance(atom, LabelText | AccountText)
        for match in written(policy)
        for atom in atoms_of(match)
    )


def _selectors(policy: CalicoPolicy) -> Iterator[Selector]:
    """Every selector that the policy states."""
    spaces = policy.namespace_selector if isinstance(policy, GlobalNetworkPolicy) else None
    found = [policy.spec.selector, policy.spec.account_selector, spaces]
    for one in _entities(policy):
        found += one.selector, one.not_selector, one.namespace_selector
        found += () if one.accounts is None else (one.accounts.selector,)
    return (one for one in found if one is not None)


def finds_hosts(policy: CalicoNetworkPolicy) -> bool:
    """Whether a rule finds host endpoints as peers, which have no labels of a namespace (D.23)."""
    return any(
        entity.namespace_selector is not None
        and set_meets({}, entity.namespace_selector, View.NAMESPACE)
        for entity in _entities(policy)
    )


def _rules(policy: CalicoPolicy) -> Iterator[CalicoRule]:
    yield from policy.spec.ingress or ()
    yield from policy.spec.egress or ()


def _entities(policy: CalicoPolicy) -> Iterator[EntityRule]:
    """Both ends of each rule."""
    for rule in _rules(policy):
        yield rule.source
        yield rule.destination
