"""Groups of claims that match nothing of the input, with the name or label that may be meant.

A claim about nobody is soon proved in an open world. That is no mistake where the pods are yet to
come, so it is told and decides nothing, unless notes of this kind are to fail the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import assert_never

from netproof.oracle.claims import is_named
from netproof.oracle.labels import holds, matches
from netproof.verified import UNMATCHED
from netproof_encodings.lowering import every_tier, lower
from netproof_encodings.meaning.claims import groups_of
from netproof_encodings.parts.atlas import referred_namespaces
from netproof_encodings.vocabulary.mentioned import LabelValues, vocabulary_of
from netproof_specs.claim_language.printing import describe_endpoints, selector_text
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    Anything,
    EndpointSet,
    External,
    Group,
    HostNamed,
    HostsWhere,
    PodNamed,
    PodsWhere,
    PolicyClaim,
    Statement,
)
from netproof_specs.frozen import Frozen
from netproof_specs.loading import Loaded
from netproof_specs.model.cluster import Namespace, Workload
from netproof_specs.model.connections import pod_of
from netproof_specs.model.labels import NAME_LABEL, Labels, LabelSelector, Operator, Requirement
from netproof_specs.problems import Problem


def unmatched(loaded: Loaded, statements: Sequence[Statement]) -> Iterator[Problem]:
    """A note for each part of a group that no namespace or no pod of the input matches.

    Where the input states no pods, or no labels of namespaces, those that its policies select by
    stand for them. Each thing is told once, at the first claim that speaks of it.
    """
    asked = [(one, group) for one in statements for group in _groups(one)]
    if not asked:
        return
    known = _known(loaded)
    told: dict[str, Problem] = {}
    claims: dict[str, list[str]] = {}
    for statement, group in asked:
        for found in _of(group, group.endpoints, known):
            note = Problem(statement.where, found.message, found.suggestion, UNMATCHED)
            told.setdefault(found.message, note)
            ids = claims.setdefault(found.message, [])
            ids += [statement.id] if statement.id not in ids else []
    for message, note in told.items():
        text = f"{message} ({claims_text(claims[message])})"
        yield Problem(note.where, text, note.suggestion, UNMATCHED)


def _groups(statement: Statement) -> Iterator[Group]:
    if not isinstance(statement.claim, PolicyClaim):
        yield from groups_of(statement.claim)


def claims_text(ids: Sequence[str]) -> str:
    """`claim FIN-1`, `claims FIN-1, FIN-2 and 3 more`."""
    listed = ", ".join(ids[:2])
    more = f" and {len(ids) - 2} more" if len(ids) > 2 else ""
    return f"{'claim' if len(ids) == 1 else 'claims'} {listed}{more}"


class _Known(Frozen):
    """What groups are held against.

    `pods` are the labels and service accounts of the running pods by namespace, each once, and
    `accounts` the accounts that are declared, by namespace. `pod_labels` and `space_labels` are
    those that policies select by, where there are no pods to hold groups against.
    """

    loaded: Loaded
    spaces: dict[str, Namespace]
    pods: Mapping[str, Sequence[tuple[Labels, str]]]
    accounts: frozenset[tuple[str, str]]
    pod_labels: LabelValues
    space_labels: LabelValues


def _known(loaded: Loaded) -> _Known:
    cluster = loaded.cluster
    names = referred_namespaces(cluster, cluster.every_policy)
    tiers = () if cluster.workloads else every_tier(lower(cluster.every_policy))
    mentioned = vocabulary_of(tiers, (), ())
    spaces = {name: Namespace(name, ((NAME_LABEL, name),), declared=False) for name in names}
    return _Known(
        loaded,
        {**spaces, **{one.name: one for one in cluster.namespaces}},
        _pods(cluster.workloads),
        frozenset((one.namespace, one.name) for one in cluster.accounts),
        mentioned.pod_labels,
        mentioned.namespace_labels,
    )


def _pods(workloads: Iterable[Workload]) -> dict[str, list[tuple[Labels, str]]]:
    found: dict[str, dict[tuple[Labels, str], None]] = {}
    for one in workloads:
        found.setdefault(one.namespace, {})[one.labels, one.service_account] = None
    return {namespace: list(those) for namespace, those in found.items()}


class _Found(Frozen):
    message: str
    suggestion: str = ""


def _of(group: Group, endpoints: EndpointSet, known: _Known) -> Iterator[_Found]:
    """What of the group matches nothing; a list is looked at member by member."""
    match endpoints:
        case PodNamed():
            yield from _named(endpoints, known)
        case PodsWhere():
            yield from _where(endpoints, known)
        case AnyOf(members):
            for one in members:
                yield from _of(group, one, known)
        case HostsWhere(selector):
            hosts = known.loaded.cluster.hosts
            if not any(selector is None or matches(selector, one.labels) for one in hosts):
                text = describe_endpoints(endpoints)
                yield _Found(f"no host endpoint of the input is in `{text}`")
        case HostNamed(name):
            if not any(one.name == name for one in known.loaded.cluster.hosts):
                yield _Found(f"no host endpoint of the input is called `{name}`")
        case AddressBlock() | External() | Anything():
            return
        case _:
            assert_never(endpoints)


def _named(name: PodNamed, known: _Known) -> Iterator[_Found]:
    running = (one for one in known.loaded.cluster.workloads if one.namespace == name.namespace)
    if any(is_named(pod_of(one, known.spaces[one.namespace], 1), name) for one in running):
        return
    text = describe_endpoints(name)
    idle = {(one.namespace, one.name) for one in known.loaded.dormant}
    if (name.namespace, name.name) in idle:
        yield _Found(f"`{text}` runs no pod: it is completed or scaled to 0")
        return
    titles = {f"{one.namespace}/{one.name}" for one in known.loaded.cluster.workloads}
    hint = _meant(f"{name.namespace}/{name.name}", titles)
    yield _Found(f"no pod or workload `{text}` in the input", hint)


def _where(pods: PodsWhere, known: _Known) -> Iterator[_Found]:
    if pods.namespace is not None and pods.namespace not in known.spaces:
        hint = _meant(pods.namespace, known.spaces)
        yield _Found(f"no namespace `{pods.namespace}` in the input", hint)
        return
    spaces = [one for one in known.spaces.values() if _in(one, pods)]
    if not spaces and pods.namespaces is not None:
        yield from _without_spaces(pods, pods.namespaces, known)
    elif known.pods:
        yield from _without_pods(pods, {one.name for one in spaces}, known)
    else:
        yield from _without_account(pods, {one.name for one in spaces}, known)
        if pods.pods is not None:
            yield from _unmentioned(pods.pods, known.pod_labels, "pod")


def _in(space: Namespace, pods: PodsWhere) -> bool:
    return pods.namespace in (None, space.name) and (
        pods.namespaces is None or matches(pods.namespaces, space.labels)
    )


def _without_spaces(pods: PodsWhere, selector: LabelSelector, known: _Known) -> Iterator[_Found]:
    """That no namespace matches, unless the input states nothing but policies that ask for it."""
    spaces = known.spaces.values()
    if known.pods or any(one.declared for one in spaces):
        carried = [one.labels for one in spaces if pods.namespace in (None, one.name)]
        yield _missing(selector, carried, "namespace", "")
    else:
        yield from _unmentioned(selector, known.space_labels, "namespace")


def _without_account(pods: PodsWhere, spaces: set[str], known: _Known) -> Iterator[_Found]:
    """That no namespace of the group has the service account, if the input has any at all.

    Without pods there are only the declared ones to hold it against.
    """
    if pods.account is None or not known.accounts:
        return
    if not any((space, pods.account) in known.accounts for space in spaces):
        names = (name for space, name in known.accounts if space in spaces)
        text = f"no service account `{pods.account}` in the input"
        yield _Found(text, _meant(pods.account, names))


def _without_pods(pods: PodsWhere, spaces: set[str], known: _Known) -> Iterator[_Found]:
    selector = pods.pods or LabelSelector()
    there = [one for space in known.pods if space in spaces for one in known.pods[space]]
    fitting = (own for labels, own in there if matches(selector, labels))
    if any(pods.account in (None, own) for own in fitting):
        return
    yield _no_such_pods(pods, spaces, known)


def _no_such_pods(pods: PodsWhere, spaces: set[str], known: _Known) -> _Found:
    """What the group lacks, of which there is no pod."""
    listed = [(space, *one) for space, those in known.pods.items() for one in those]
    inside = [labels for space, labels, _ in listed if space in spaces]
    selector = pods.pods or LabelSelector()
    fitting = [(space, own) for space, labels, own in listed if matches(selector, labels)]
    accounts = [own for space, own in fitting if space in spaces]
    limited = pods.namespace is not None or pods.namespaces is not None
    scope = f" in `{describe_endpoints(PodsWhere(pods.namespace, pods.namespaces))}`"
    if not inside:
        return _Found(f"no pod of the input is{scope}")
    if accounts and pods.account is not None:
        text = f"no such pod of the input runs as service account `{pods.account}`"
        return _Found(text, _meant(pods.account, accounts))
    found = _missing(selector, inside, "pod", scope if limited else "")
    elsewhere = sorted({space for space, _ in fitting})
    hint = f"`ns:{elsewhere[0]}` has such pods" if elsewhere else found.suggestion
    return _Found(found.message, hint)


def _missing(selector: LabelSelector, carried: Sequence[Labels], what: str, scope: str) -> _Found:
    """Which label nothing carries, or that nothing carries all of them; some must be missing."""
    for one in selector.requirements:
        if not any(holds(one, dict(labels)) for labels in carried):
            values: dict[str, set[str]] = {}
            for key, value in (pair for labels in carried for pair in labels):
                values.setdefault(key, set()).add(value)
            message = f"no {what} of the input{scope} matches `{_text(one)}`"
            return _Found(message, _meant_label(one, values))
    text = ", ".join(f"`{_text(one)}`" for one in selector.requirements)
    return _Found(f"no {what} of the input{scope} matches all of {text}")


def _unmentioned(selector: LabelSelector, mentioned: LabelValues, what: str) -> Iterator[_Found]:
    """Labels that no policy selects by, where there is nothing else to hold them against."""
    values = {key: set(found) for key, found in mentioned}
    for one in selector.requirements:
        known = values.get(one.key)
        asked = one.key != NAME_LABEL and one.operator in (Operator.IN, Operator.EXISTS)
        # Policies that ask only whether there is a label admit every value of it.
        if asked and (known is None or (known and one.values and not known & set(one.values))):
            message = f"no {what} and no policy of the input has `{_text(one)}`"
            yield _Found(message, _meant_label(one, values))


def _text(one: Requirement) -> str:
    return selector_text(LabelSelector((one,)))


def _meant_label(one: Requirement, values: dict[str, set[str]]) -> str:
    """The nearest label: another value of the key, else another key."""
    if one.key not in values:
        return _meant(one.key, values)
    near = (_nearest(value, values[one.key]) for value in one.values)
    found = next((value for value in near if value is not None), None)
    return "" if found is None else f"did you mean `{one.key}={found}`?"


def _meant(word: str, known: Iterable[str]) -> str:
    found = _nearest(word, known)
    return "" if found is None else f"did you mean `{found}`?"


def _nearest(word: str, known: Iterable[str]) -> str | None:
    listed = sorted({*known} - {word})
    same = next((one for one in listed if one.lower() == word.lower()), None)
    return same or next(iter(get_close_matches(word, listed, 1)), None)
