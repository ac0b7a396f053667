"""What of Calico's objects the oracle understands and no tier does yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netproof_encodings.lowering import every_tier, is_calico, lower, other_hosts
from netproof_encodings.lowering.calico import selected
from netproof_encodings.lowering.calico_hosts import KnownHost, known_hosts
from netproof_encodings.lowering.calico_selectors import View, is_account_name
from netproof_encodings.vocabulary.hosts import (
    HostsByNode,
    UnknownHostError,
    by_node,
    passed_by,
)
from netproof_encodings.vocabulary.mentioned import vocabulary_of
from netproof_encodings.vocabulary.texts import LABEL_VALUES, NAMES, TooManyTestsError, stand_ins
from netproof_specs.decoding import shown
from netproof_specs.locations import Location
from netproof_specs.model.calico import (
    CalicoNetworkPolicy,
    CalicoRule,
    EntityRule,
    Forward,
    GlobalNetworkPolicy,
    Profile,
    Stage,
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
    Not,
    Or,
    Selector,
)
from netproof_specs.model.cluster import AnyPolicy, Cluster, Workload
from netproof_specs.model.labels import NAME_LABEL
from netproof_specs.problems import Problem

_HINT = "a verdict without it would be wrong: leave it out only if it decides nothing here"
_GIVE_NODE = "give the pod as it runs, with its node and address"
_IN_PARTS = (Comparison.CONTAINS, Comparison.STARTS_WITH, Comparison.ENDS_WITH)


def not_decided(
    where: Location | None, message: str, clause: str = "D.1", hint: str = _HINT
) -> Problem:
    """A problem with what stands there, which is no mistake of the user's."""
    return Problem(where, message, hint, "undecided-kind", clause)


def undecided(cluster: Cluster) -> Iterator[Problem]:
    """A problem for each field that only the oracle understands, and what stands beside hosts."""
    yield from undecided_but_forwarded(cluster)
    if cluster.hosts:
        yield from _forwarding(cluster)


def undecided_but_forwarded(cluster: Cluster) -> Iterator[Problem]:
    """The same but for what hosts let through, of which single connections are asked (D.37)."""
    if cluster.hosts:
        yield from _beside_hosts(cluster)
    if not is_calico(cluster.policies):
        return
    of_calico = [
        one
        for one in cluster.policies
        if isinstance(one, CalicoNetworkPolicy | GlobalNetworkPolicy | Profile)
    ]
    found = [problem for one in of_calico for problem in _in_policy(one)]
    yield from found
    # Most ask for no part of any value, and to read them as tiers takes long where there are many.
    if not found and any(_tested(each) for one in of_calico for each, _ in _selectors(one)):
        yield from _tests(cluster)


def first_of(objects: Sequence[AnyPolicy]) -> str:
    """The first of some objects by name, and how many more there are."""
    more = f" and {len(objects) - 1} more" if len(objects) > 1 else ""
    return f"`{shown(objects[0].title)}`{more}"


def _beside_hosts(cluster: Cluster) -> Iterator[Problem]:
    """Pods that may pass one host endpoint or another, and policies that count before others."""
    known = known_hosts(cluster.every_policy)
    for policy in cluster.policies:
        if isinstance(policy, GlobalNetworkPolicy):
            yield from _in_stages(policy, known)
    hosts = by_node(cluster.hosts)
    for workload in cluster.workloads:
        if workload.host_network and not _is_placed(workload, hosts):
            message = (
                "the input does not tell which host endpoint this pod on its host's network "
                "passes, if any"
            )
            yield not_decided(workload.where, message, "D.1", _GIVE_NODE)


def _in_stages(policy: GlobalNetworkPolicy, hosts: Sequence[KnownHost]) -> Iterator[Problem]:
    """A policy for some host endpoint that comes before all others; for pods it is none (D.38)."""
    chosen = [] if policy.stage is Stage.NORMAL else selected(policy, hosts)
    if chosen:
        message = f"`{policy.stage.value}` is not modelled for {_whom(chosen)}"
        yield not_decided(policy.where, message, "D.38", _STAGE_HINT)


def _forwarding(cluster: Cluster) -> Iterator[Problem]:
    """Policies for what some host endpoint lets through, which not every command decides on."""
    known = known_hosts(cluster.every_policy)
    for policy in cluster.policies:
        if not isinstance(policy, GlobalNetworkPolicy) or policy.forward is Forward.LEFT_OUT:
            continue
        if chosen := selected(policy, known):
            message = f"`{policy.forward.value}` is not modelled here for {_whom(chosen)}"
            yield not_decided(policy.where, message, "D.37", _FORWARD_HINT)


def _whom(chosen: Sequence[KnownHost]) -> str:
    whom = "host endpoint" if len(chosen) == 1 else "host endpoints"
    return f"the {whom} {first_of([one.host for one in chosen])}, which it selects"


_FORWARD_HINT = (
    "every command but `compare --what connectivity` decides on it: leave out the policy or these "
    "host endpoints only if the question is about neither, nor about pods on their nodes"
)


_STAGE_HINT = (
    "a verdict without it would be wrong: leave out the policy or these host endpoints only if the "
    "question is about neither, nor about pods on their nodes"
)


def _is_placed(workload: Workload, hosts: HostsByNode) -> bool:
    """Whether it is known which host endpoint the pod passes, if any."""
    try:
        passed_by(workload, hosts)
    except UnknownHostError:
        return False
    return True


_OfCalico = CalicoNetworkPolicy | GlobalNetworkPolicy | Profile


def _in_policy(policy: _OfCalico) -> Iterator[Problem]:
    for selector, view in _selectors(policy):
        # The names of accounts can have any length, and only the short ones hand on labels.
        for part in _tested(selector):
            if is_account_name(part.key, view):
                of_what = "of the name of a service account"
                message = f"`{part.operator.value}` {of_what} is not decided on yet"
                yield not_decided(selector.where, message, "D.31")


def _rules(policy: _OfCalico) -> Iterator[CalicoRule]:
    spec = policy if isinstance(policy, Profile) else policy.spec
    yield from spec.ingress or ()
    yield from spec.egress or ()


def _selectors(policy: _OfCalico) -> Iterator[tuple[Selector, View]]:
    """The selectors of the policy, each with whose labels its keys mean."""
    if isinstance(policy, GlobalNetworkPolicy) and policy.namespace_selector is not None:
        yield policy.namespace_selector, View.NAMESPACE
    if not isinstance(policy, Profile):
        if policy.spec.selector is not None:
            yield policy.spec.selector, View.ENDPOINT
        if policy.spec.account_selector is not None:
            yield policy.spec.account_selector, View.ACCOUNT
    for rule in _rules(policy):
        for entity in (rule.source, rule.destination):
            yield from _of_entity(entity)


def _of_entity(entity: EntityRule) -> Iterator[tuple[Selector, View]]:
    accounts = None if entity.accounts is None else entity.accounts.selector
    for selector, view in (
        (entity.selector, View.ENDPOINT),
        (entity.not_selector, View.ENDPOINT),
        (entity.namespace_selector, View.NAMESPACE),
        (accounts, View.ACCOUNT),
    ):
        if selector is not None:
            yield selector, view


def _tested(selector: Selector) -> list[Compared]:
    """What in the selector asks for a part of a value (D.31)."""
    return [
        part
        for part in _leaves(selector.tree)
        if isinstance(part, Compared) and part.operator in _IN_PARTS
    ]


def _leaves(tree: Expression) -> Iterator[Expression]:
    match tree:
        case Not(part):
            yield from _leaves(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _leaves(part)
        case All() | Global() | Has() | Compared() | Listed():
            yield tree


def _tests(cluster: Cluster) -> Iterator[Problem]:
    """Keys of which so many parts are asked for that their outcomes are not worked out (D.31)."""
    others = other_hosts(cluster.policies)
    hosts = () if others is None else others.hosts
    vocabulary = vocabulary_of(every_tier(lower((*cluster.policies, *hosts))), (), ())
    of_names = [one for one in vocabulary.namespace_tests if one[0] == NAME_LABEL]
    of_labels = [one for one in vocabulary.namespace_tests if one not in of_names]
    listed = (*vocabulary.pod_tests, *of_labels, *vocabulary.account_tests)
    known = {tests for _, tests in listed}
    listed += tuple(one for one in vocabulary.host_tests if one[1] not in known)
    for key, tests, spelling in (
        *((*one, NAMES) for one in of_names),
        *((*one, LABEL_VALUES) for one in listed),
    ):
        try:
            stand_ins(tests, (), spelling)
        except TooManyTestsError:
            message = f"{len(tests)} parts of the value of `{key}` are asked for: too many to tell"
            yield not_decided(None, message, "D.31")
