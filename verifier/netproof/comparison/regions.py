"""The whole difference of two policy sets, region by region."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import assert_never

from netproof.comparison.generalising import MISSED, Search, generalised
from netproof.comparison.stand_ins import stand_ins_of
from netproof.comparisons import (
    Change,
    Difference,
    Region,
    RegionAccount,
    RegionAddresses,
    RegionAnything,
    RegionEnd,
    RegionHosts,
    RegionPods,
)
from netproof.decisions import InInput
from netproof.oracle.regions import in_region
from netproof.replay import DisagreementError
from netproof.solving import Answer
from netproof.verifying.readable import readable
from netproof_encodings.decision.conditions import Whose
from netproof_encodings.differences.conditions import (
    AmongHosts,
    Condition,
    Declares,
    End,
    ExpectsAddress,
    FromPorts,
    GivesPort,
    HandsOn,
    HasLabels,
    HostCondition,
    InBlock,
    InClass,
    Kind,
    ListsProfiles,
    OfKind,
    OnFamily,
    OnNodes,
    OnPorts,
    OnProtocols,
    RunsAs,
)
from netproof_encodings.differences.regions import term_of
from netproof_encodings.logic.smtlib import text_of
from netproof_encodings.logic.terms import Term
from netproof_encodings.models.decoding import decode
from netproof_encodings.parts.extents import EVERYTHING
from netproof_specs.claims import PodNamed
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Direction, Family, Protocol


class Found(Frozen):
    """What was found of one change: an example iff it is known to occur, and its regions.

    Each region is followed by the conditions that describe it. The regions cover all of it iff
    `complete`. `unknown_because` says which limit the solver hit before the end, if one.
    """

    example: Difference | None
    regions: tuple[tuple[Region, tuple[Condition, ...]], ...]
    complete: bool
    unknown_because: str = ""


def regions_of(search: Search, change: Change, goal: Term, limit: int) -> Found:
    """Regions that cover all connections of the goal, which are those of the change.

    At most `limit` of them; `complete` tells whether they cover everything.
    """
    session, on = search.session, search.on.stage
    regions: list[tuple[Region, tuple[Condition, ...]]] = []
    example: Difference | None = None
    session.push(_goal(search, goal))
    try:
        while (answer := session.check([*search.assumed, WANTED])) is Answer.SAT:
            if len(regions) == limit:
                return Found(example, tuple(regions), complete=False)
            model = readable(on, session, [*search.assumed, WANTED], EVERYTHING)
            inner = search.replayed(change, decode(on, model))
            example = example or inner
            conditions = generalised(search, goal, model)
            if conditions is None:
                answer = Answer.UNKNOWN
                break
            regions.append((_region(search, change, conditions, inner), tuple(conditions)))
            inside = on.terms.conjunction(term_of(on, one) for one in conditions)
            session.add(f"(assert (=> {WANTED} (not {text_of(inside)})))")
    finally:
        session.pop()
    if answer is Answer.UNKNOWN:
        return Found(example, tuple(regions), False, session.unknown_because())
    return Found(example, tuple(regions), complete=True)


WANTED = "goal.wanted"
"""The literal with which the goal holds outside the regions so far."""


def _goal(search: Search, goal: Term) -> str:
    """Declares WANTED, and MISSED with which the goal fails; a check assumes one at most."""
    defined = search.on.stage.script.fork().definitions([goal])
    return (
        f"{defined}(declare-const {WANTED} Bool)\n(declare-const {MISSED} Bool)\n"
        f"(assert (=> {WANTED} {text_of(goal)}))\n(assert (=> {MISSED} (not {text_of(goal)})))"
    )


def _region(
    search: Search, change: Change, conditions: Sequence[Condition], example: Difference
) -> Region:
    """The region that the conditions describe; raises DisagreementError without its example."""
    return checked(_rendered(search, change, conditions, example))


def checked(region: Region) -> Region:
    """The region; raises DisagreementError unless it holds its own example."""
    if not in_region(region.example.connection, region):
        raise DisagreementError("a region does not hold its own example", f"{region}")
    return region


def _rendered(
    search: Search, change: Change, conditions: Sequence[Condition], example: Difference
) -> Region:
    families: tuple[Family, ...] = tuple(Family)
    protocols: tuple[Protocol, ...] = tuple(Protocol)
    first, last = 1, 65535
    source_ports: tuple[int, int] | None = None
    for one in conditions:
        match one:
            case OnFamily(family):
                families = (family,)
            case OnProtocols(among):
                protocols = among
            case OnPorts(low, high):
                first, last = low, high
            case FromPorts(low, high):
                source_ports = low, high
            case _:
                pass
    source, destination = (
        _end(search, end, conditions) for end in (Direction.EGRESS, Direction.INGRESS)
    )
    return Region(
        change,
        source,
        destination,
        protocols,
        first,
        last,
        families,
        example,
        source_ports=source_ports,
        told=stand_ins_of(search.on.stage),
    )


def _end(search: Search, end: End, conditions: Sequence[Condition]) -> RegionEnd:
    """What the conditions say of one end."""
    own = [one for one in conditions if _is_about(one, end)]
    if not own:
        return RegionAnything()
    block = next((RegionAddresses(o.cidr, o.excepts) for o in own if isinstance(o, InBlock)), None)
    match _kind_of(own):
        case Kind.OUTSIDE:
            return block or RegionAddresses(None)
        case Kind.HOST:
            return _hosts(search, own, block)
        case Kind.POD:
            return _pods(search, own, block)
        case kind:
            assert_never(kind)


def _kind_of(conditions: Sequence[Condition]) -> Kind:
    """What all that meets the conditions on one end is."""
    if any(isinstance(one, HostCondition) or _is_of_host(one) for one in conditions):
        return Kind.HOST
    kinds = (one.kind for one in conditions if isinstance(one, OfKind | InBlock))
    return next(kinds, Kind.POD)


def _is_of_host(condition: Condition) -> bool:
    return isinstance(condition, HasLabels) and condition.whose is Whose.HOST


def _hosts(search: Search, own: Sequence[Condition], block: RegionAddresses | None) -> RegionHosts:
    names = next((one.names for one in own if isinstance(one, AmongHosts)), ())
    any_host = search.on.stage.scene.vocabulary.others is not None
    return RegionHosts(
        names,
        # Where there may be any host endpoints, no labels are those of some names alone.
        None if any_host else _shared_labels(search, names),
        block,
        LabelSelector(asked) if (asked := _requirements(own, Whose.HOST)) else None,
        next((one.lists for one in own if isinstance(one, ListsProfiles)), None),
        next((one.expects for one in own if isinstance(one, ExpectsAddress)), None),
        _given(own, Direction.INGRESS),
        _given(own, Direction.EGRESS),
        _nodes(own, among=True),
        _nodes(own, among=False),
    )


def _nodes(own: Sequence[Condition], *, among: bool) -> tuple[str, ...]:
    found = (one.names for one in own if isinstance(one, OnNodes) and one.among is among)
    return next(found, ())


def _given(own: Sequence[Condition], end: End) -> tuple[tuple[str, bool], ...]:
    """The names of ports of conditions on one end, if that is the end."""
    found = (one for one in own if isinstance(one, GivesPort) and one.end is end)
    return tuple((one.name, one.given) for one in found)


def _pods(search: Search, own: Sequence[Condition], block: RegionAddresses | None) -> RegionPods:
    return RegionPods(
        LabelSelector(_requirements(own, Whose.NAMESPACE)),
        LabelSelector(_requirements(own, Whose.POD)),
        _declared(own, Direction.INGRESS),
        tuple(_names(search, own)),
        block,
        _account(own),
        search.on.stage.scene.vocabulary.names_counted,
        _declared(own, Direction.EGRESS),
    )


def _declared(own: Sequence[Condition], end: End) -> tuple[tuple[str, bool], ...]:
    """The named ports of conditions on one end, if that is the end."""
    found = (one for one in own if isinstance(one, Declares) and one.end is end)
    return tuple((one.name, one.declared) for one in found)


def _shared_labels(search: Search, names: tuple[str, ...]) -> LabelSelector | None:
    """Labels that exactly these host endpoints carry, one if that is enough; None without such."""
    labels = {one.name: frozenset(one.labels) for one in search.on.stage.scene.vocabulary.hosts}
    if not names:
        return None
    shared = frozenset.intersection(*(labels[name] for name in names))
    for chosen in (*([pair] for pair in sorted(shared)), sorted(shared)):
        if chosen and all((name in names) is labels[name].issuperset(chosen) for name in labels):
            return LabelSelector(
                tuple(Requirement(key, Operator.IN, (value,)) for key, value in chosen)
            )
    return None


def _account(own: Sequence[Condition]) -> RegionAccount | None:
    labels = LabelSelector(_requirements(own, Whose.ACCOUNT))
    named = next((one for one in own if isinstance(one, RunsAs)), None)
    fits = next((one.fits for one in own if isinstance(one, HandsOn)), None)
    if named is None and fits is None and not labels.requirements:
        return None
    names = () if named is None or not named.among else named.names
    others = () if named is None or named.among else named.names
    return RegionAccount(labels, names, others, fits)


def _is_about(condition: Condition, end: End) -> bool:
    match condition:
        case OnFamily() | OnProtocols() | OnPorts() | FromPorts():
            return False
        case _:
            return condition.end is end


def _requirements(conditions: Sequence[Condition], whose: Whose) -> tuple[Requirement, ...]:
    return tuple(
        requirement
        for one in conditions
        if isinstance(one, HasLabels) and one.whose is whose
        for requirement in one.requirements
    )


def _names(search: Search, conditions: Sequence[Condition]) -> Iterator[PodNamed]:
    for one in conditions:
        if isinstance(one, InClass):
            for member in search.on.stage.scene.classes[one.number].members:
                yield PodNamed(member.namespace, member.name, member.kind)


def with_examples_of_input(
    found: Found, look: Callable[[Sequence[Condition]], Difference | InInput]
) -> Found:
    """What was found of a change, with examples that `look` gives wherever it gives one.

    It is asked for a connection that changes so and meets some conditions.
    """
    if found.example is None:
        return found
    whole = look(())
    regions = []
    for region, conditions in found.regions:
        one = whole if isinstance(whole, InInput) else look(conditions)
        regions.append((checked(replace(region, example=_shown(one, region.example))), conditions))
    examples = [region.example for region, _ in regions]
    shown = [one for one in examples if one.in_input is InInput.SHOWN]
    example = next(iter(shown), _shown(whole, found.example))
    return replace(found, example=example, regions=tuple(regions))


def _shown(one: Difference | InInput, other: Difference) -> Difference:
    return replace(other, in_input=one) if isinstance(one, InInput) else one
