"""The whole program, read aloud: manifests and claims in, verdicts out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

from netproof.comparison.policies import CompareOptions
from netproof.comparison.policy_claims import OnPolicies, prove_on_policies, unknown_policies
from netproof.comparisons import Difference
from netproof.connectivity.passing import Outcome
from netproof.decisions import InInput
from netproof.undecided import refuse_undecided
from netproof.verdicts import Concerned, Evidence, Unknown, Verdict, with_concerned
from netproof.verified import Report, VerifyOptions
from netproof.verifying.answering import Answers, OfInput
from netproof.verifying.concerned import (
    MANY_WORKLOADS,
    Numbered,
    asked_for,
    concerned,
    outcome_for,
    told_less_apart,
)
from netproof.verifying.generated_labels import (
    KindsOf,
    kinds_of,
    of_known_labels,
    unknown_labels,
)
from netproof.verifying.node_addresses import on_nodes_alone
from netproof.verifying.readings import sentence_of
from netproof.verifying.undeclared import with_undeclared
from netproof.verifying.unmatched import unmatched
from netproof_encodings.lowering import lower
from netproof_encodings.meaning.claims import groups_of
from netproof_encodings.parts.atlas import Atlas, atlas_of, others_in
from netproof_specs.claims import (
    AnyOf,
    ConnectionClaim,
    DeniedByDefault,
    EndpointSet,
    PodNamed,
    PolicyClaim,
    ReachClaim,
    Statement,
)
from netproof_specs.collecting import collector_off
from netproof_specs.frozen import Frozen, replace
from netproof_specs.loading import Loaded
from netproof_specs.model.cluster import Cluster
from netproof_specs.problems import InputError, Problem
from netproof_specs.steps import Step, Watch, unwatched
from netproof_specs.worlds import World


def verify(
    loaded: Loaded,
    statements: Sequence[Statement],
    options: VerifyOptions | None = None,
    watch: Watch = unwatched,
) -> Report:
    """Decides every statement about the loaded cluster.

    Raises InputError where a claim cannot be asked in its world, names no policy, or depends on
    labels that the input does not give, and DisagreementError where our own parts contradict
    each other.
    """
    options = options or VerifyOptions()
    verdicts = decided(loaded.cluster, statements, options, watch)
    return Report(noted(loaded, unmatched(loaded, statements), verdicts), options, verdicts)


def noted(loaded: Loaded, notes: Iterable[Problem], verdicts: Iterable[Verdict]) -> Loaded:
    """The load with further notes on it, and with what verdicts on its snapshot rest on."""
    verdicts = tuple(verdicts)
    on_nodes = on_nodes_alone(loaded.cluster, verdicts)
    told = replace(loaded, notes=(*loaded.notes, *notes, *on_nodes))
    asked = [one.statement for one in verdicts if _looks_at_snapshot(one)]
    if not asked:
        return told
    on_connections, _ = _by_kind(asked)
    return with_undeclared(told, loaded.cluster.every_policy, groups=_groups(on_connections))


def _looks_at_snapshot(verdict: Verdict) -> bool:
    """Whether the verdict is on the snapshot, or says whether the input has such a connection."""
    match verdict.grounds:
        case Evidence(in_input=found) | Difference(in_input=found) if found is not None:
            return True
        case _:
            return verdict.world is World.SNAPSHOT


MakeAtlas = Callable[[Cluster, Sequence[EndpointSet]], Atlas]


class Looking(Frozen):
    """How a cluster is looked at; somebody who knows those before may do so quicker."""

    atlas: MakeAtlas = atlas_of
    kinds: KindsOf = kinds_of


AS_USUAL = Looking()


@collector_off()
def decided(
    cluster: Cluster,
    statements: Sequence[Statement],
    options: VerifyOptions,
    watch: Watch = unwatched,
    looking: Looking = AS_USUAL,
) -> tuple[Verdict, ...]:
    """The verdict on each statement; raises as `verify` does."""
    on_connections, on_policies = _by_kind(statements)
    refuse_undecided(cluster)
    by_world = _by_world(on_connections, options.world or default_world(cluster))
    problems = [
        *names_in_open_worlds(by_world, options.world),
        *unknown_policies(on_policies, cluster),
        *_unknown_labels(by_world, cluster, looking.kinds),
    ]
    if problems:
        raise InputError(tuple(problems))
    found: dict[int, Verdict] = {}
    for world, chosen in by_world.items():
        watch(Step("encoding the world", detail=world.value))
        if because := options.limits.open_because():
            found |= {one[0]: _left_open(one, world, options, because) for one in chosen}
            continue
        answers = answers_for(cluster, world, _groups(chosen), options, looking.atlas)
        for position, statement, claim in chosen:
            watch(Step("deciding claims", len(found), len(statements), statement.text))
            found[position] = answers.verdict(statement, claim)
    for position, statement, policy_claim in on_policies:
        watch(Step("deciding claims", len(found), len(statements), statement.text))
        comparing = _compare_options(statement, options)
        found[position] = prove_on_policies(cluster, statement, policy_claim, comparing)
    watch(Step("finding whom refutations concern"))
    found |= _with_concerned(cluster, on_connections, found, options)
    return tuple(found[one] for one in sorted(found))


def _with_concerned(
    cluster: Cluster,
    asked: Sequence[OnConnections],
    found: Mapping[int, Verdict],
    options: VerifyOptions,
) -> dict[int, Verdict]:
    """The refuted claims that a connection of the input breaks, with whom that concerns.

    Of what is denied by default the map of what is allowed tells nothing.
    """
    refuted = [
        (at, claim)
        for at, _, claim in asked
        if not isinstance(claim, DeniedByDefault) and _breaks_here(found[at])
    ]
    if not refuted or (not options.most_pairs and len(cluster.workloads) > MANY_WORKLOADS):
        return {}
    tiers = lower(cluster.every_policy)
    by_outcome: dict[Outcome, list[tuple[int, ReachClaim]]] = {}
    for at, claim in refuted:
        outcome = outcome_for(claim, cluster, tiers, options.assumptions)
        by_outcome.setdefault(outcome, []).append((at, claim))
    whom: dict[int, Concerned | None] = {}

    def look(outcome: Outcome, chosen: Numbered) -> None:
        claims = (claim for _, claim in chosen)
        whole = asked_for(cluster, tiers, claims, options.assumptions, outcome)
        for at, claim in chosen:
            whom[at] = concerned(whole, claim, found[at].world, options.most_pairs)

    for outcome, chosen in by_outcome.items():
        look(outcome, chosen)
        left = [one for one in chosen if whom[one[0]] is None]
        for kind in told_less_apart(chosen, left):
            look(outcome, kind)
    return {at: with_concerned(found[at], those) for at, those in whom.items()}


def _breaks_here(verdict: Verdict) -> bool:
    """Whether the counterexample is a connection of the input."""
    found = verdict.counterexample
    shown = found is not None and found.in_input is InInput.SHOWN
    return shown or (found is not None and verdict.world is World.SNAPSHOT)


def default_world(cluster: Cluster) -> World:
    """The snapshot where the input holds workloads, else any pods."""
    return World.SNAPSHOT if cluster.workloads else World.ANY_PODS


OnConnections = tuple[int, Statement, ConnectionClaim]
"""A statement with its position and its claim."""


def _by_kind(
    statements: Sequence[Statement],
) -> tuple[list[OnConnections], list[OnPolicies]]:
    """The statements on connections and those on policies."""
    on_connections: list[OnConnections] = []
    on_policies: list[OnPolicies] = []
    for position, statement in enumerate(statements):
        if isinstance(statement.claim, PolicyClaim):
            on_policies.append((position, statement, statement.claim))
        else:
            on_connections.append((position, statement, statement.claim))
    return on_connections, on_policies


def _by_world(chosen: Sequence[OnConnections], default: World) -> dict[World, list[OnConnections]]:
    """The statements by the world that each ranges over."""
    by_world: dict[World, list[OnConnections]] = {}
    for one in chosen:
        by_world.setdefault(one[1].world or default, []).append(one)
    return by_world


def answers_for(
    cluster: Cluster,
    world: World,
    groups: Sequence[EndpointSet],
    options: VerifyOptions,
    make: MakeAtlas = atlas_of,
) -> Answers:
    """The answers for claims on the groups; in an open world no pod of unknown labels is shown."""
    shown = cluster if world is World.SNAPSHOT else of_known_labels(cluster, groups)
    lacking = len(shown.workloads) < len(cluster.workloads)
    otherwise = InInput.UNKNOWN if lacking else InInput.NONE
    of_input = cache(lambda: make(shown, groups))
    others = others_in(world, shown, groups)
    atlas = of_input() if others is None else atlas_of(shown, groups, others)
    return Answers(atlas, world, options.assumptions, options.limits, OfInput(of_input, otherwise))


def _left_open(one: OnConnections, world: World, options: VerifyOptions, because: str) -> Verdict:
    """The verdict on a claim for which no time was left."""
    _, statement, claim = one
    return Verdict(statement, world, options.assumptions, sentence_of(claim), Unknown(because))


def _groups(chosen: Sequence[OnConnections]) -> list[EndpointSet]:
    return [group.endpoints for _, _, claim in chosen for group in groups_of(claim)]


def _unknown_labels(
    by_world: dict[World, list[OnConnections]], cluster: Cluster, kinds: KindsOf
) -> Iterator[Problem]:
    """Labels of the snapshot's pods that some selector asks for and that are not known."""
    if World.SNAPSHOT in by_world:
        yield from unknown_labels(cluster, _groups(by_world[World.SNAPSHOT]), kinds)


def _compare_options(statement: Statement, options: VerifyOptions) -> CompareOptions:
    """A claim on policies ranges over any cluster unless a world is chosen."""
    world = statement.world or options.world or World.ANY_CLUSTER
    return CompareOptions(world, options.assumptions, options.limits, max_regions=1)


def names_in_open_worlds(
    by_world: dict[World, list[OnConnections]], chosen: World | None
) -> Iterator[Problem]:
    """A pod by name where pods are not those of the manifests; nobody `chosen` a world if None."""
    for world, asked in by_world.items():
        for _, statement, claim in asked if world is not World.SNAPSHOT else ():
            for group in groups_of(claim):
                if _names_pods(group.endpoints):
                    world_chosen = statement.world or chosen
                    yield _name_in_open_world(statement, group.text, world, world_chosen)


def _name_in_open_world(
    statement: Statement, text: str, world: World, chosen: World | None
) -> Problem:
    """One by default is taken only where no pod runs, so that the name cannot be of one (A.9)."""
    message = f"`{text}` names one pod, but the claim ranges over the world `{world.value}`"
    hint, clause = "describe the pods by labels, or ask in the world `snapshot`", ""
    if chosen is None:
        message = f"{message}, as no pod of the input runs"
        hint = "describe the pods by labels: completed ones and those scaled to 0 are left out"
        clause = "A.9"
    return Problem(statement.where, message, hint, "name-in-open-world", clause)


def _names_pods(endpoints: EndpointSet) -> bool:
    match endpoints:
        case PodNamed():
            return True
        case AnyOf(members):
            return any(_names_pods(one) for one in members)
        case _:
            return False
