"""How little of a cluster decides on the connections of one namespace's pods.

Whether a policy of a namespace can be removed depends on few policies besides, and of those only
on what they say of its pods; asking the solver with that alone keeps lint linear in the number of
namespaces.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from netproof.lint.facts import Facts
from netproof_encodings.decision.canonical import disjuncts
from netproof_encodings.decision.conditions import (
    NEVER,
    Atom,
    End,
    InBlock,
    InNamespace,
    IsHost,
    IsOrdinaryPod,
    IsPod,
    Labelled,
    Match,
    NamesPort,
    Not,
    Whose,
    atoms_of,
    subject_end,
)
from netproof_encodings.decision.tiers import Rule, TierPolicy, matches_of
from netproof_encodings.lowering import Tiers, every_tier, is_given, policies_in, restricted
from netproof_encodings.lowering.facing import facing
from netproof_encodings.vocabulary.hosts import OtherHosts
from netproof_encodings.vocabulary.mentioned import namespaces_named
from netproof_specs.assumptions import Assumption
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.cluster import Cluster
from netproof_specs.model.labels import NAME_LABEL
from netproof_specs.model.traffic import Direction, Family

Known = Callable[[Labelled], bool | None]
"""Whether a namespace has a label as asked for; `None` is not known."""


class Scope(Frozen):
    """What decides on removals: policies as tiers, and the namespaces and pods there are.

    `others` are the host endpoints beside those of the cluster.
    """

    tiers: Tiers
    cluster: Cluster
    others: OtherHosts | None = None


def scope_anywhere(tiers: Tiers, namespace: str | None, others: OtherHosts | None = None) -> Scope:
    """The policies that decide on removals from the namespace in `any-cluster`.

    Beside its own, and those of no namespace, they are the policies of namespaces that any of
    these select by name, and of those that count `beside_wide`: a pod of any other namespace looks
    to them like a pod with the same labels in a namespace without any policy, and there nothing
    hides the effect of a removal. What decides at host endpoints counts wherever it is pinned.
    """
    if namespace is None:
        return Scope(tiers, Cluster(), others)
    if others is not None:
        tiers = _unpinned(tiers, namespace)
    own = {way: restricted(listed, {namespace}) for way, listed in tiers.items()}
    names = {namespace, *named(own), *beside_wide(tiers)}

    def known(atom: Labelled) -> bool | None:
        if atom.key != NAME_LABEL:
            return None
        return atom.values is None or namespace in atom.values

    return Scope(_faced(tiers, names, namespace, known), Cluster(), others)


def _unpinned(tiers: Tiers, namespace: str) -> Tiers:
    """The tiers with what can select host endpoints pinned to no namespace but this one."""

    def unpinned(policy: TierPolicy) -> TierPolicy:
        pods = not any(isinstance(one, IsHost) for one in atoms_of(policy.subject))
        return policy if pods or policy.home == namespace else replace(policy, home=None)

    return {
        way: tuple(replace(one, policies=tuple(map(unpinned, one.policies))) for one in listed)
        for way, listed in tiers.items()
    }


def named(tiers: Tiers) -> Iterator[str]:
    """The namespaces that rules name at the other end."""
    for policy, rule in _rules(tiers):
        other = _other_end(policy)
        for atom in atoms_of(rule.match):
            match atom:
                case InNamespace(end, name) if end is other:
                    yield name
                case Labelled(end, Whose.NAMESPACE, key, values) if end is other:
                    yield from (values or ()) if key == NAME_LABEL else ()
                case _:
                    pass


def mentioned(tiers: Tiers) -> Iterator[str]:
    """The namespaces that what is pinned to none names at either end."""
    wide = {way: restricted(listed, ()) for way, listed in tiers.items()}
    return namespaces_named(matches_of(every_tier(wide)))


def beside_wide(tiers: Tiers) -> frozenset[str]:
    """The namespaces with policies of a direction in which some policy is pinned to none.

    What that one denies everywhere, these may allow, so that the effect of a removal elsewhere
    shows at their pods alone. The denial of tunnels comes first; nobody allows what it denies. What
    host endpoints have by themselves selects no pod.
    """
    found: set[str] = set()
    for listed in tiers.values():
        policies = [one for tier in listed for one in tier.policies if is_given(one.index)]
        if any(one.home is None for one in policies):
            found.update(one.home for one in policies if one.home is not None)
    return frozenset(found)


def _rules(tiers: Tiers) -> Iterator[tuple[TierPolicy, Rule]]:
    return ((policy, rule) for policy in policies_in(tiers) for rule in policy.rules)


def _other_end(policy: TierPolicy) -> End:
    return subject_end(policy.direction).opposite


def _faced(tiers: Tiers, names: Collection[str], namespace: str, known: Known) -> Tiers:
    """The policies that bear on these namespaces, with what they say of that one namespace."""

    def faced(policy: TierPolicy) -> TierPolicy:
        if policy.home in (None, namespace):
            return policy
        return _facing(policy, namespace, known)

    return {
        way: tuple(
            replace(tier, policies=tuple(map(faced, tier.policies)))
            for tier in restricted(listed, names)
        )
        for way, listed in tiers.items()
    }


def _facing(policy: TierPolicy, namespace: str, known: Known) -> TierPolicy:
    """The policy with what its rules ask of pods of the namespace; it isolates what it did.

    External addresses are no pods, so that what is said of them stays.
    """
    other = _other_end(policy)

    def fixed(atom: Atom) -> Match | None:
        match atom:
            case InNamespace(end, name) if end is other:
                return IsPod(end) if name == namespace else NEVER
            case Labelled(end, Whose.NAMESPACE) if end is other:
                holds = known(atom)
                return None if holds is None else IsPod(end) if holds else NEVER
            case _:
                return None

    return facing(policy, fixed)


def scope_here(facts: Facts, namespace: str | None) -> Scope:
    """The part of the cluster that decides on removals from the namespace in `snapshot`.

    Beside the namespace itself those are the namespaces of the pods that its rules match, and of
    those with a port that its egress rules name: every other pod looks to its policies like some
    external address in none of their blocks, unless the blocks leave no such address. Where
    policies of no namespace have a say, every namespace counts, and so it does beside host
    endpoints.
    """
    whole = Scope(facts.tiers, replace(facts.cluster, policies=()))
    wide = any(one.home is None for one in policies_in(facts.tiers))
    if namespace is None or wide or facts.cluster.hosts:
        return whole
    own = {way: restricted(listed, {namespace}) for way, listed in facts.tiers.items()}
    asked = [_asked(policy, rule) for policy, rule in _rules(own)]
    names = set(facts.namespaces)
    blocks = sorted({block for one in asked for block in one.blocks})
    if not _leave_nobody(facts, namespace, blocks) and all(one.plain for one in asked):
        names = {namespace, *_addressed(facts, blocks)}
        for one in asked:
            names.update(_matched(facts, one), _declaring(facts, one))
    labels = dict(facts.namespaces[namespace].labels)

    def known(atom: Labelled) -> bool:
        value = labels.get(atom.key)
        return value is not None and (atom.values is None or value in atom.values)

    cluster = Cluster(
        tuple(one for one in facts.cluster.namespaces if one.name in names),
        tuple(one for one in facts.cluster.workloads if one.namespace in names),
    )
    return Scope(_faced(facts.tiers, names, namespace, known), cluster)


class _Asked(Frozen):
    """What a rule asks of the other end, one entry an alternative.

    `blocks` are those that it names. It is `plain` iff it is an alternative of labels and the
    like, each as it is or negated; of any other rule nothing is concluded.
    """

    direction: Direction
    alternatives: tuple[frozenset[Match], ...]
    blocks: frozenset[str]
    plain: bool


def _asked(policy: TierPolicy, rule: Rule) -> _Asked:
    other = _other_end(policy)
    alternatives = tuple(disjuncts(rule.match))
    atoms = list(atoms_of(rule.match))
    blocks = (one.cidr for one in atoms if isinstance(one, InBlock) and one.end is other)
    literals = (one.part if isinstance(one, Not) else one for part in alternatives for one in part)
    plain = all(isinstance(one, Atom) for one in literals)
    return _Asked(policy.direction, alternatives, frozenset(blocks), plain)


def _leave_nobody(facts: Facts, namespace: str, blocks: Iterable[str]) -> bool:
    """Whether some pod of the namespace can meet no external address outside the blocks (A.27).

    Of a family in which it has no address it meets none.
    """
    covered = _covered_families(blocks)
    return bool(covered) and any(
        _families(pod.addresses) <= covered for pod in facts.pods[namespace]
    )


def _covered_families(blocks: Iterable[str]) -> set[Family]:
    """The families of which the blocks together hold every address."""
    networks = [ip_network(block) for block in blocks]
    fours = collapse_addresses(one for one in networks if isinstance(one, IPv4Network))
    sixes = collapse_addresses(one for one in networks if isinstance(one, IPv6Network))
    whole = {str(one) for one in (*fours, *sixes)}
    return {family for family, everything in _EVERYTHING.items() if everything in whole}


_EVERYTHING = {Family.IPV4: "0.0.0.0/0", Family.IPV6: "::/0"}


def _families(addresses: Iterable[str]) -> set[Family]:
    """The families of a pod's connections: those of its addresses, both where it has none."""
    found = {Family.IPV6 if ":" in one else Family.IPV4 for one in addresses}
    return found or set(Family)


def _matched(facts: Facts, asked: _Asked) -> Iterator[str]:
    """The namespaces of pods that an alternative can match by its labels."""
    for alternative in asked.alternatives:
        if any(isinstance(one, IsPod | IsOrdinaryPod) for one in alternative):
            for name in _places(facts, alternative):
                if any(_meets(labels, alternative, Whose.POD) for labels in facts.label_sets[name]):
                    yield name


def _places(facts: Facts, alternative: frozenset[Match]) -> list[str]:
    """The namespaces that an alternative speaks of."""
    named = [one.name for one in alternative if isinstance(one, InNamespace)]
    spaces = [facts.namespaces[name] for name in named or facts.namespaces]
    return [one.name for one in spaces if _meets(dict(one.labels), alternative, Whose.NAMESPACE)]


def _meets(labels: Mapping[str, str], alternative: frozenset[Match], whose: Whose) -> bool:
    """Whether labels are as the parts of an alternative that speak of such labels ask for."""
    for one in alternative:
        atom = one.part if isinstance(one, Not) else one
        if isinstance(atom, Labelled) and atom.whose is whose:
            value = labels.get(atom.key)
            holds = value is not None and (atom.values is None or value in atom.values)
            if holds is isinstance(one, Not):
                return False
    return True


def _addressed(facts: Facts, blocks: Iterable[str]) -> Iterator[str]:
    """The namespaces of workloads that have an address in one of the blocks, or may have (A.29)."""
    for block in blocks:
        for pod in facts.at_addresses(block):
            yield pod.namespace.name
    if blocks and Assumption.UNKNOWN_POD_ADDRESSES in facts.assumptions:
        yield from (one.namespace for one in facts.cluster.workloads if not one.addresses)


def _declaring(facts: Facts, asked: _Asked) -> Iterator[str]:
    """The namespaces of pods with a port that an egress rule to any peer names (A.35)."""
    if asked.direction is Direction.EGRESS:
        for alternative in asked.alternatives:
            if not any(isinstance(one, IsPod | IsOrdinaryPod) for one in alternative):
                for one in alternative:
                    if isinstance(one, NamesPort):
                        yield from facts.declaring.get(one.name, ())
