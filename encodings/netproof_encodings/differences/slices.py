"""Two sets of policies by slices: what bears on one namespace in one direction, in both."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cache, partial
from typing import assert_never

from netproof_encodings.decision.canonical import canonical, look_alike
from netproof_encodings.decision.tiers import Lowered, Passage, Tier
from netproof_encodings.lowering import (
    Tiers,
    by_home,
    every_tier,
    fixed,
    fixed_passages,
    lower_numbered,
    passages,
    stands_alone,
)
from netproof_encodings.lowering.any_hosts import other_hosts_of_both
from netproof_encodings.lowering.stated_again import stated_again
from netproof_encodings.vocabulary.hosts import HostLabels, OtherHosts, Whom
from netproof_specs.frozen import Frozen, field, replace
from netproof_specs.model.cluster import AnyPolicy, Cluster, Policy
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Direction
from netproof_specs.sameness import same_but_for_places
from netproof_specs.steps import Step, Watch, unwatched
from netproof_specs.worlds import World


class Slice(Frozen):
    """What bears on the pods of one namespace in one direction, in both versions.

    `namespace` None stands for every endpoint in no namespace that a policy is pinned to, host
    endpoints of the input among them. Where `whom` are host endpoints that are none of the input,
    it is their own label of a namespace (D.13). `hosts` and `others` are the host endpoints that an
    end of a connection can be.
    """

    namespace: str | None
    direction: Direction
    old: tuple[Tier, ...]
    new: tuple[Tier, ...]
    hosts: tuple[HostEndpoint, ...] = ()
    others: OtherHosts | None = None
    whom: Whom = Whom.KNOWN


class PassageSlice(Frozen):
    """What bears on what passes some host endpoints in one direction, in both versions (D.37).

    `place` is theirs among the passages of the versions. `hosts` and `others` are the host
    endpoints that an end of a connection can be.
    """

    place: int
    direction: Direction
    old: Passage
    new: Passage
    hosts: tuple[HostEndpoint, ...] = ()
    others: OtherHosts | None = None

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The tiers of the direction in both versions."""
        return (*self.old.tiers(self.direction), *self.new.tiers(self.direction))


AnySlice = Slice | PassageSlice


def of_ends(slices: Iterable[AnySlice], whom: Whom | None = None) -> list[Slice]:
    """Those of the slices that are of what the ends of a connection decide; all, or for `whom`."""
    return [one for one in slices if isinstance(one, Slice) and whom in (None, one.whom)]


def of_passages(slices: Iterable[AnySlice]) -> list[PassageSlice]:
    """Those of the slices that are of what host endpoints let through."""
    return [one for one in slices if isinstance(one, PassageSlice)]


NO_TIERS: Tiers = dict.fromkeys(Direction, ())


class Versions(Frozen):
    """Two sets of policies as tiers, in place for good, with indices that do not overlap.

    `policies` are those of OLD, the host endpoints that both share, and those of NEW. In the
    namespaces `alike` both are known to decide alike; what is pinned there and stands alone is in
    the tiers of neither, and NEW's is not among the policies. `whole` gives all tiers of OLD in a
    direction; rules that find no pod of some namespaces may be missing there, if such are given.
    All these are for pods and the host endpoints of the input. `old_others` and `new_others` are
    for the `others` that the world has beside these.
    `passages` are host endpoints that the policies for forwarded traffic of each version select
    alike, with those of OLD and those of NEW.
    """

    policies: tuple[AnyPolicy, ...]
    old: Tiers
    new: Tiers
    whole: Callable[[Direction, frozenset[str] | None], tuple[Tier, ...]]
    hosts: tuple[HostEndpoint, ...] = ()
    alike: frozenset[str] = frozenset()
    passages: tuple[tuple[Passage, Passage], ...] = ()
    others: OtherHosts | None = None
    old_others: Tiers = field(default_factory=lambda: NO_TIERS)
    new_others: Tiers = field(default_factory=lambda: NO_TIERS)

    def for_whom(self, whom: Whom) -> tuple[Tiers, Tiers]:
        """The tiers of OLD and of NEW that decide for them."""
        if whom is Whom.OTHERS:
            return self.old_others, self.new_others
        return self.old, self.new

    @property
    def at_ends(self) -> Iterator[Tier]:
        """The tiers that decide at the ends of connections, of both."""
        for tiers in (self.old, self.new, self.old_others, self.new_others):
            yield from every_tier(tiers)

    @property
    def tiers(self) -> Iterator[Tier]:
        """All tiers of both."""
        yield from self.at_ends
        for pair in self.passages:
            for one in pair:
                yield from (*one.egress, *one.ingress)


def others_in(
    world: World,
    old: Sequence[Policy],
    new: Sequence[Policy],
    cluster: Cluster,
    having: HostLabels = HostLabels.NOT_OF_PODS,
) -> OtherHosts | None:
    """The host endpoints that the world has beside those of the cluster, for both versions."""
    if world is not World.ANY_CLUSTER:
        return None
    hosts = cluster.hosts
    return other_hosts_of_both((*old, *hosts), (*new, *hosts), cluster.nodes, having)


def versions_of(
    old: Sequence[Policy],
    new: Sequence[Policy],
    hosts: Sequence[HostEndpoint] = (),
    others: OtherHosts | None = None,
) -> Versions:
    """Both sets of policies, lowered, each beside the host endpoints and the `others`."""
    before, after = (*old, *hosts), (*new, *hosts)
    first = _Version(list(enumerate(before)), 0, others)
    second = _Version(list(enumerate(after)), len(before), others)
    tiers = {way: _fixed(first, way) for way in Direction}
    return Versions(
        (*before, *new),
        tiers,
        {way: _fixed(second, way) for way in Direction},
        lambda way, _: tiers[way],
        tuple(hosts),
        passages=_passages((before, after), others),
        others=others,
        old_others=_for_others(first),
        new_others=_for_others(second),
    )


def _passages(
    versions: tuple[Sequence[AnyPolicy], Sequence[AnyPolicy]], others: OtherHosts | None
) -> tuple[tuple[Passage, Passage], ...]:
    """The host endpoints that some policy for forwarded traffic of either version selects.

    Those that are alike in both stand together; a version may have no such policy for them.
    """
    before, after = versions
    sides = (
        fixed_passages(passages(before, others), 0),
        fixed_passages(passages(after, others), len(before)),
    )
    places = [
        {name: place for place, one in enumerate(side) for name in one.hosts} for side in sides
    ]
    alike: dict[tuple[int | None, int | None], list[str]] = {}
    for name in sorted(places[0].keys() | places[1].keys()):
        alike.setdefault((places[0].get(name), places[1].get(name)), []).append(name)
    return tuple(
        (_among(names, sides[0], old), _among(names, sides[1], later))
        for (old, later), names in alike.items()
    )


def _among(names: Sequence[str], side: Sequence[Passage], place: int | None) -> Passage:
    """The passage at the place for these of its host endpoints, or one without any policies."""
    empty = Passage((), (), (), ())
    return replace(empty if place is None else side[place], hosts=tuple(names))


def changed_versions(
    old: Sequence[Policy],
    new: Sequence[Policy],
    hosts: Sequence[HostEndpoint] = (),
    others: OtherHosts | None = None,
) -> Versions:
    """The same, but without the policies of each namespace of which both state the same.

    A policy is lowered to the same whatever others there are, so that only what selects across
    namespaces, or may do so, could make a difference there; where that differs, none is left out.
    """
    alike = _stated_alike(old, new)
    before = (*old, *hosts)
    kept = [one for one in new if not _is_pinned_to(one, alike)]
    after = (*kept, *hosts)
    first = _Version(list(enumerate(before)), 0, others)
    differing = [(at, one) for at, one in first.numbered if not _is_pinned_to(one, alike)]
    of_old = {way: _fixed(replace(first, numbered=differing), way) for way in Direction}
    numbered = list(enumerate(after))
    again = stated_again(differing, first.lowered, numbered)
    second = _Version(numbered, len(before), others, again)
    return Versions(
        (*before, *kept),
        of_old,
        {way: _fixed(second, way) for way in Direction},
        # Most often of one direction only, if at all.
        cache(partial(_fixed, first)),
        tuple(hosts),
        alike,
        _passages((before, after), others),
        others,
        _for_others(first),
        _for_others(second),
    )


def _is_pinned_to(policy: AnyPolicy, names: frozenset[str]) -> bool:
    return stands_alone(policy) and policy.namespace in names


class _Version(Frozen):
    """The numbered policies and host endpoints of one version, and those of the world beside them.

    Indices in its tiers count from `start`. `lowered` has rules that were lowered before, which
    stay the same with fewer of the policies that stand alone.
    """

    numbered: Sequence[tuple[int, AnyPolicy]]
    start: int
    others: OtherHosts | None
    lowered: Lowered = field(default_factory=dict)


def _fixed(
    version: _Version,
    way: Direction,
    facing: frozenset[str] | None = None,
    whom: Whom = Whom.KNOWN,
) -> tuple[Tier, ...]:
    """The tiers of the version in a direction, for `whom`."""
    listed = () if version.others is None else version.others.hosts
    # Nothing asks for the numbers of host endpoints.
    numbered = (*version.numbered, *((0, one) for one in listed))
    tiers = lower_numbered(numbered, way, facing, whom, version.lowered)
    return fixed({way: tiers}, version.start)[way]


def _for_others(version: _Version) -> Tiers:
    """The tiers for host endpoints that are none of the input."""
    if version.others is None:
        return NO_TIERS
    return {way: _fixed(version, way, None, Whom.OTHERS) for way in Direction}


def _stated_alike(old: Sequence[Policy], new: Sequence[Policy]) -> frozenset[str]:
    """Namespaces that decide alike in both, as both state the same but for the places in files."""
    wide = [[one for one in listed if not stands_alone(one)] for listed in (old, new)]
    if not same_but_for_places(*map(tuple, wide)):
        return frozenset()
    before, after = (_by_namespace(filter(stands_alone, listed)) for listed in (old, new))
    return frozenset(
        name
        for name, policies in before.items()
        if same_but_for_places(policies, after.get(name, ()))
    )


def _by_namespace(policies: Iterable[Policy]) -> dict[str, tuple[Policy, ...]]:
    found: dict[str, list[Policy]] = {}
    for one in policies:
        found.setdefault(one.namespace, []).append(one)
    return {name: tuple(listed) for name, listed in found.items()}


def slices_of(versions: Versions, watch: Watch = unwatched) -> list[AnySlice]:
    """The slices that are not alike as written, by namespace and direction.

    Versions that are alike in canonical form decide alike, which takes no solver to see.
    """
    every = every_slice(versions)
    found: list[AnySlice] = []
    for number, part in enumerate(every):
        watch(Step("comparing as written", number, len(every), _detail(part)))
        if not written_alike(part):
            found.append(part)
    return found


def _detail(part: AnySlice) -> str:
    return part.old.hosts[0] if isinstance(part, PassageSlice) else part.namespace or ""


def written_alike(part: AnySlice) -> bool:
    """True only if both versions decide alike; of what hosts let through as in `forms_of`."""
    match part:
        case Slice(old=old, new=new):
            return look_alike(old, new)
        case PassageSlice(direction=way, old=before, new=after):
            there = before.is_policed is after.is_policed
            return there and look_alike(before.tiers(way), after.tiers(way))
        case _:
            assert_never(part)


def forms_of(part: AnySlice) -> tuple[Hashable, Hashable]:
    """Both versions in canonical form: if these are equal, both decide alike.

    Where policies for forwarded traffic select a host endpoint at all, whatever these say, its host
    may drop what they leave over (D.37).
    """
    match part:
        case Slice(old=old, new=new):
            return canonical(old), canonical(new)
        case PassageSlice(direction=way, old=before, new=after):
            sides = [(one.is_policed, canonical(one.tiers(way))) for one in (before, after)]
            return sides[0], sides[1]
        case _:
            assert_never(part)


def every_slice(versions: Versions) -> list[AnySlice]:
    """All slices but those that are known to be alike, by namespace and direction.

    Those of what host endpoints let through come last.
    """
    found = list(_end_slices(versions, Whom.KNOWN))
    found += () if versions.others is None else _end_slices(versions, Whom.OTHERS)
    found.sort(key=lambda part: (part.namespace or "", part.direction.value != "Ingress"))
    return [*found, *_passage_slices(versions.passages, versions.hosts, versions.others)]


def _end_slices(versions: Versions, whom: Whom) -> Iterator[Slice]:
    """The slices of what ends decide that are of those."""
    before, after = versions.for_whom(whom)
    for direction in Direction:
        old, new = by_home(before[direction]), by_home(after[direction])
        for home in {**old, **new}:
            if home not in versions.alike or whom is Whom.OTHERS:
                sides = old.get(home, old[None]), new.get(home, new[None])
                yield Slice(home, direction, *sides, versions.hosts, versions.others, whom)


def passage_slices(
    old: Sequence[Policy],
    new: Sequence[Policy],
    hosts: Sequence[HostEndpoint],
    others: OtherHosts | None = None,
) -> list[PassageSlice]:
    """The slices of what host endpoints let through, as `versions_of` the policies has them."""
    pairs = _passages(((*old, *hosts), (*new, *hosts)), others)
    return _passage_slices(pairs, tuple(hosts), others)


def _passage_slices(
    pairs: Iterable[tuple[Passage, Passage]],
    hosts: tuple[HostEndpoint, ...],
    others: OtherHosts | None,
) -> list[PassageSlice]:
    return [
        PassageSlice(place, direction, *pair, hosts, others)
        for place, pair in enumerate(pairs)
        for direction in Direction
    ]
