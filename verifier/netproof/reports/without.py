"""What the user left out of the input, in every report next to the verdict.

A verdict that leaves objects out is none on the cluster as it is, so it is never told without.
"""

from __future__ import annotations

from netproof.reports.words import counted, safe
from netproof_specs.loading import KindCount, Loaded


def verdict_text(word: str, *inputs: Loaded) -> str:
    """`PROVED`, or `PROVED without 3 CiliumNetworkPolicies` where that was left out."""
    text = without_text(*inputs)
    return f"{word} {text}" if text else word


def said_without(text: str, *inputs: Loaded) -> str:
    """The sentence, and behind a comma what was left out, where something was."""
    without = without_text(*inputs)
    return f"{text}, {without}" if without else text


def without_text(*inputs: Loaded) -> str:
    """`without 3 CiliumNetworkPolicies and 1 Tier`; empty where nothing was left out.

    The inputs are one, or OLD and NEW.
    """
    sides = dict.fromkeys(_kinds(one.without) for one in inputs)
    if len(sides) == 1:
        return f"without {found}" if (found := next(iter(sides))) else ""
    named = zip(("OLD", "NEW"), map(_kinds, (one.without for one in inputs)), strict=True)
    return "without " + " and ".join(f"{found} in {side}" for side, found in named if found)


def _kinds(left_out: tuple[KindCount, ...]) -> str:
    """`2 Tiers, 3 CiliumNetworkPolicies and 1 Widget`; versions of a kind count together."""
    counts: dict[str, int] = {}
    for one in left_out:
        counts[one.kind] = counts.get(one.kind, 0) + one.count
    parts = [counted(count, safe(kind), safe(plural(kind))) for kind, count in counts.items()]
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def plural(kind: str) -> str:
    """The name of a kind for several objects: `Tiers`, `Policies`, `Ingresses`, `Gateways`."""
    if kind.endswith("y") and not kind.endswith(("ay", "ey", "oy", "uy")):
        return f"{kind[:-1]}ies"
    if kind.endswith(("s", "x", "ch", "sh")):
        return f"{kind}es"
    return f"{kind}s"
