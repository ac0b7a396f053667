"""Two sets of policies by slices: what bears on one namespace in one direction, in both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial

from netproof_encodings.decision.canonical import look_alike
from netproof_encodings.decision.tiers import Tier
from netproof_encodings.lowering import (
    Tiers,
    by_home,
    every_tier,
    fixed,
    lower,
    lower_numbered,
    stands_alone,
)
from netproof_specs.model.cluster import AnyPolicy, Policy
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.traffic import Direction
from netproof_specs.sameness import same_but_for_places
from netproof_specs.steps import Step, Watch, unwatched


@dataclass(frozen=True, slots=True)
class Slice:
    """What bears on the pods of one namespace in one direction, in both versions.

    `namespace` None stands for every endpoint in no namespace that a policy is pinned to, host
    endpoints among them. `hosts` are those that an end of a connection can be.
    """

    namespace: str | None
    direction: Direction
    old: tuple[Tier, ...]
    new: tuple[Tier, ...]
    hosts: tuple[HostEndpoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Versions:
    """Two sets of policies as tiers, in place for good, with indices that do not overlap.

    `policies` are those of OLD, the host endpoints that both share, and those of NEW. In the
    namespaces `alike` both are known to decide alike; what is pinned there and stands alone is in
    the tiers of neither, and NEW's is not among the policies. `whole` gives all tiers of OLD in a
    direction; rules that find no pod of some namespaces may be missing there, if such are given.
    """

    policies: tuple[AnyPolicy, ...]
    old: Tiers
    new: Tiers
    whole: Callable[[Direction, frozenset[str] | None], tuple[Tier, ...]]
    hosts: tuple[HostEndpoint, ...] = ()
    alike: frozenset[str] = frozenset()

    @property
    def tiers(self) -> Iterator[Tier]:
        """The tiers of both."""
        yield from every_tier(self.old)
        yield from every_tier(self.new)


def versions_of(
    old: Sequence[Policy], new: Sequence[Policy], hosts: Sequence[HostEndpoint] = ()
) -> Versions:
    """Both sets of policies, lowered, each beside the host endpoints."""
    before = (*old, *hosts)
    tiers = fixed(lower(before), 0)
    after = fixed(lower((*new, *hosts)), len(before))
    return Versions((*before, *new), tiers, after, lambda way, _: tiers[way], tuple(hosts))


def changed_versions(
    old: Sequence[Policy], new: Sequence[Policy], hosts: Sequence[HostEndpoint] = ()
) -> Versions:
    """The same, but without the policies of each namespace of which both state the same.

    A policy is lowered to the same whatever others there are, so that only what selects across
    namespaces, or may do so, could make a difference there; where that differs, none is left out.
    """
    alike = _stated_alike(old, new)
    before = (*old, *hosts)
    numbered = list(enumerate(before))
    differing = [(at, one) for at, one in numbered if not _is_pinned_to(one, alike)]
    kept = [one for one in new if not _is_pinned_to(one, alike)]
    return Versions(
        (*before, *kept),
        {way: _fixed(differing, way, None) for way in Direction},
        fixed(lower((*kept, *hosts)), len(before)),
        # Most often of one direction only, if at all.
        cache(partial(_fixed, numbered)),
        tuple(hosts),
        alike,
    )


def _is_pinned_to(policy: AnyPolicy, names: frozenset[str]) -> bool:
    return stands_alone(policy) and policy.namespace in names


def _fixed(
    numbered: Sequence[tuple[int, AnyPolicy]], way: Direction, facing: frozenset[str] | None
) -> tuple[Tier, ...]:
    return fixed({way: lower_numbered(numbered, way, facing)}, 0)[way]


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


def slices_of(versions: Versions, watch: Watch = unwatched) -> list[Slice]:
    """The slices that are not alike as written, by namespace and direction.

    Versions that are alike in canonical form decide alike, which takes no solver to see.
    """
    every = every_slice(versions)
    found: list[Slice] = []
    for number, part in enumerate(every):
        watch(Step("comparing as written", number, len(every), part.namespace or ""))
        if not look_alike(part.old, part.new):
            found.append(part)
    return found


def every_slice(versions: Versions) -> list[Slice]:
    """All slices but those that are known to be alike, by namespace and direction."""
    found: list[Slice] = []
    for direction in Direction:
        old, new = by_home(versions.old[direction]), by_home(versions.new[direction])
        found.extend(
            Slice(
                home,
                direction,
                old.get(home, old[None]),
                new.get(home, new[None]),
                versions.hosts,
            )
            for home in {**old, **new}
            if home not in versions.alike
        )
    return sorted(found, key=lambda part: (part.namespace or "", part.direction.value != "Ingress"))
