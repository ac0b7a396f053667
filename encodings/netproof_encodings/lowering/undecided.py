"""What of Calico's objects the oracle understands and no tier does yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netproof_encodings.lowering import every_tier, is_calico, lower
from netproof_encodings.lowering.any_hosts import other_hosts
from netproof_encodings.lowering.calico import selected
from netproof_encodings.lowering.calico_hosts import KnownHost, known_hosts
from netproof_encodings.lowering.calico_selectors import tests_parts
from netproof_encodings.vocabulary.hosts import (
    HostsByNode,
    UnknownHostError,
    by_node,
    passed_by,
)
from netproof_encodings.vocabulary.mentioned import Vocabulary, vocabulary_of
from netproof_encodings.vocabulary.texts import (
    ACCOUNTS,
    LABEL_VALUES,
    LONG_ACCOUNTS,
    NAMES,
    Spelling,
    Tests,
    TooManyTestsError,
    stand_ins,
)
from netproof_specs.decoding import shown
from netproof_specs.locations import Location
from netproof_specs.model.calico import (
    CalicoNetworkPolicy,
    CalicoRule,
    GlobalNetworkPolicy,
    Profile,
    Stage,
)
from netproof_specs.model.calico_selectors import Selector
from netproof_specs.model.cluster import AnyPolicy, Cluster, Workload
from netproof_specs.model.labels import NAME_LABEL
from netproof_specs.problems import Problem

_HINT = "a verdict without it would be wrong: leave it out only if it decides nothing here"
_FEWER_TESTS = "ask for whole values with `in`, or for the beginning of values, where that will do"
_SHOWN = 3
_GIVE_NODE = "give the pod as it runs, with its node and address"


def not_decided(
    where: Location | None, message: str, clause: str = "D.1", hint: str = _HINT
) -> Problem:
    """A problem with what stands there, which is no mistake of the user's."""
    return Problem(where, message, hint, "undecided-kind", clause)


def undecided(cluster: Cluster) -> Iterator[Problem]:
    """A problem for each field that only the oracle understands, and what stands beside hosts."""
    if cluster.hosts:
        yield from _beside_hosts(cluster)
    if not is_calico(cluster.policies):
        return
    yield from too_many_parts(cluster.policies)


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


def _whom(chosen: Sequence[KnownHost]) -> str:
    whom = "host endpoint" if len(chosen) == 1 else "host endpoints"
    return f"the {whom} {first_of([one.host for one in chosen])}, which it selects"


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


def _rules(policy: _OfCalico) -> Iterator[CalicoRule]:
    spec = policy if isinstance(policy, Profile) else policy.spec
    yield from spec.ingress or ()
    yield from spec.egress or ()


def _selectors(policy: _OfCalico) -> Iterator[Selector]:
    """The selectors of the policy."""
    found: list[Selector | None] = []
    if isinstance(policy, GlobalNetworkPolicy):
        found.append(policy.namespace_selector)
    if not isinstance(policy, Profile):
        found += [policy.spec.selector, policy.spec.account_selector]
    for rule in _rules(policy):
        for entity in (rule.source, rule.destination):
            found += [entity.selector, entity.not_selector, entity.namespace_selector]
            found.append(None if entity.accounts is None else entity.accounts.selector)
    return (one for one in found if one is not None)


def too_many_parts(policies: Sequence[AnyPolicy]) -> Iterator[Problem]:
    """A problem for each key of which the policies together ask for too many parts (D.31)."""
    asking = (one for one in policies if isinstance(one, _OfCalico))
    # Most ask for no part of any value, and to read them as tiers takes long where there are many.
    if not any(tests_parts(each.tree) for one in asking for each in _selectors(one)):
        return
    others = other_hosts(policies)
    hosts, barred = ((), {}) if others is None else (others.hosts, others.barred)
    tiers = every_tier(lower((*policies, *hosts)))
    vocabulary = vocabulary_of(tiers, (), (), barred.values())
    told: set[Tests] = set()
    for what, tests, spellings in _asked(vocabulary):
        try:
            for spelling in spellings if tests not in told else ():
                stand_ins(tests, (), spelling)
        except TooManyTestsError:
            told.add(tests)
            texts = ", ".join(f"{test.value} `{shown(text)}`" for test, text in tests[:_SHOWN])
            more = f" and {len(tests) - _SHOWN} more" if len(tests) > _SHOWN else ""
            message = (
                f"policies ask for {len(tests)} parts of {what}, of which too many combinations "
                f"are possible: {texts}{more}"
            )
            yield not_decided(None, message, "D.31", _FEWER_TESTS)


def _asked(vocabulary: Vocabulary) -> Iterator[tuple[str, Tests, Sequence[Spelling]]]:
    """Of what parts are asked for, which parts, and the ways in which the values are spelled."""
    for key, tests in vocabulary.namespace_tests:
        of_name = key == NAME_LABEL
        what = "the name of a namespace" if of_name else f"the label `{shown(key)}` of a namespace"
        yield what, tests, (NAMES if of_name else LABEL_VALUES,)
    for whose, listed in (
        ("a pod", vocabulary.pod_tests),
        ("a service account", vocabulary.account_tests),
    ):
        for key, tests in listed:
            yield f"the label `{shown(key)}` of {whose}", tests, (LABEL_VALUES,)
    of_names = vocabulary.account_name_tests
    yield "the name of a service account", of_names, (ACCOUNTS, LONG_ACCOUNTS)
    # Mostly those of pods and what these inherit, once more.
    for key, tests in vocabulary.host_tests:
        yield f"the label `{shown(key)}` of a host endpoint", tests, (LABEL_VALUES,)
