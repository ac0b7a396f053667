"""The whole program, read aloud: manifests and claims in, verdicts out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import get_args

from netproof.proving import Prover, prove, prover_for
from netproof.solving import Limits
from netproof.verdicts import Verdict
from netproof_encodings.claims import groups_of
from netproof_encodings.obligations import stage
from netproof_specs.assumptions import DEFAULTS, Assumptions
from netproof_specs.claims import (
    AnyOf,
    ConnectionClaim,
    EndpointSet,
    Group,
    PodNamed,
    Statement,
)
from netproof_specs.loading import Loaded, Source
from netproof_specs.model.cluster import Cluster
from netproof_specs.problems import InputError, Problem
from netproof_specs.worlds import World


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """How to verify; `world` None leaves the choice to the input (docs/worlds.md)."""

    world: World | None = None
    assumptions: Assumptions = DEFAULTS
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report of verdicts says, in the order of the claims.

    `specs` are the spec files that the claims come from, where some do.
    """

    loaded: Loaded
    options: VerifyOptions
    verdicts: tuple[Verdict, ...]
    specs: tuple[Source, ...] = ()


Progress = Callable[[int, int, str], None]
"""Told how many claims are decided, of how many, and which one is next."""


def _no_progress(_done: int, _total: int, _what: str) -> None:
    return


def verify(
    loaded: Loaded,
    statements: Sequence[Statement],
    options: VerifyOptions | None = None,
    progress: Progress = _no_progress,
) -> Report:
    """Decides every statement about the loaded cluster.

    Raises InputError where a claim cannot be asked in its world, and DisagreementError where our
    own parts contradict each other.
    """
    options = options or VerifyOptions()
    by_world = _by_world(statements, options.world or default_world(loaded.cluster))
    _refuse_names_in_open_worlds(by_world)
    found: dict[int, Verdict] = {}
    for world, chosen in by_world.items():
        prover = _prover(loaded.cluster, world, chosen, options)
        for position, statement in chosen:
            progress(len(found), len(statements), statement.text)
            assert isinstance(statement.claim, get_args(ConnectionClaim))
            found[position] = prove(prover, statement, statement.claim)
    progress(len(statements), len(statements), "")
    return Report(loaded, options, tuple(found[one] for one in sorted(found)))


def default_world(cluster: Cluster) -> World:
    """The snapshot where the input holds workloads, else any pods."""
    return World.SNAPSHOT if cluster.workloads else World.ANY_PODS


_Chosen = list[tuple[int, Statement]]


def _by_world(statements: Sequence[Statement], default: World) -> dict[World, _Chosen]:
    """The statements with their positions, by the world that each ranges over."""
    by_world: dict[World, _Chosen] = {}
    for position, statement in enumerate(statements):
        by_world.setdefault(statement.world or default, []).append((position, statement))
    return by_world


def _prover(
    cluster: Cluster, world: World, chosen: _Chosen, options: VerifyOptions
) -> Prover:
    groups = [group.endpoints for _, one in chosen for group in _groups(one)]
    return prover_for(stage(cluster, world, groups), options.assumptions, options.limits)


def _groups(statement: Statement) -> Iterator[Group]:
    assert isinstance(statement.claim, get_args(ConnectionClaim))
    yield from groups_of(statement.claim)


def _refuse_names_in_open_worlds(by_world: dict[World, _Chosen]) -> None:
    """Raises InputError for a pod by name where pods are not those of the manifests."""
    problems = tuple(
        Problem(
            statement.where,
            f"`{group.text}` names one pod, but the claim ranges over the world `{world.value}`",
            "describe the pods by labels, or ask in the world `snapshot`",
            code="name-in-open-world",
        )
        for world, chosen in by_world.items()
        if world is not World.SNAPSHOT
        for _, statement in chosen
        for group in _groups(statement)
        if _names_pods(group.endpoints)
    )
    if problems:
        raise InputError(problems)


def _names_pods(endpoints: EndpointSet) -> bool:
    match endpoints:
        case PodNamed():
            return True
        case AnyOf(members):
            return any(_names_pods(one) for one in members)
        case _:
            return False
