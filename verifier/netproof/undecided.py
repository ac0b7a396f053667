"""What is read and checked, and not decided by every command yet."""

from __future__ import annotations

from collections.abc import Sequence

from netproof_encodings.folding import ties_of
from netproof_encodings.lowering import every_tier, lower
from netproof_encodings.tiers import Unmatched
from netproof_specs.model.cluster import Cluster, Policy
from netproof_specs.problems import InputError, Problem


def refuse_calico(cluster: Cluster, command: str) -> None:
    """Raises InputError with every object of Calico that the command would have to decide on.

    A decision without it could be wrong (decision 0006).
    """
    kept = [one.where for one in (*cluster.calico, *cluster.hosts)]
    if kept:
        message = f"{command} does not decide on objects of Calico yet: they are read and checked"
        hint = "a verdict without it would be wrong: leave it out only if it decides nothing here"
        raise InputError(
            tuple(Problem(where, message, hint, "undecided-kind", "D.1") for where in kept)
        )


def refuse_ordered(policies: Sequence[Policy], command: str) -> None:
    """Raises InputError with every policy of a tier that passes on what no rule of it matches.

    The command knows policies that only isolate and allow: without the others it would be wrong.
    """
    tiers = [one for one in every_tier(lower(policies)) if one.unmatched is Unmatched.PASS]
    indices = {policy.index for tier in tiers for policy in tier.policies}
    if indices:
        raise InputError(tuple(unknown_to(policies[at], command) for at in sorted(indices)))


def unknown_to(policy: Policy, command: str) -> Problem:
    """That the command does not know the policy's kind yet."""
    return Problem(
        policy.where,
        f"`{command}` does not know this kind of policy yet: `{policy.title}`",
        "`verify` does; what this command says without the policy would be wrong",
        "unknown-to-command",
    )


def refuse_ties(policies: Sequence[Policy], command: str) -> None:
    """Raises InputError where policies tie whose order is left open and can matter (C.4)."""
    groups = list(ties_of(every_tier(lower(policies))))
    if groups:
        raise InputError(tuple(_tie([one.origin for one in group], command) for group in groups))


def _tie(group: Sequence[Policy], command: str) -> Problem:
    first, *others = group
    names = ", ".join(f"`{one.title}`" for one in others)
    return Problem(
        first.where,
        f"`{command}` does not know ties yet: `{first.title}` has the priority of {names}",
        "give each a priority of its own; `verify` knows ties",
        "unknown-to-command",
        "C.4",
    )
