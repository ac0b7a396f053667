"""The rows of tests/acceptance/rows: what the documents claim, and the verdict on each claim.

A file has `clusters` (names for lists of manifests), `texts` (manifests by name), `groups` (as in
a spec), `rejections` (names for lists of problems), `defaults` for its cases, and `rows`. A row
has an `id`, what the document `says` in our words, its `verdict` (as written / corrected), and
`cases`; or it says why it is `outside` the claim language or `out-of-scope`.

A case is `given` manifests: names of clusters or texts, or paths below examples/. It states a
`claim` with its `world` and `verdict`, a `connection` with its `decision`, a claim for all
`subsets-of` some policies, or that the input is `rejected`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from netproof_specs.loading import Decoding, Loaded, LoadOptions, load_texts

EXAMPLES = Path(__file__).parents[2] / "examples"
ROWS = Path(__file__).parent / "rows"
EQUIVALENCES = Path(__file__).parent / "equivalences.yaml"
FILE_KEYS = {"clusters", "texts", "groups", "rejections", "defaults", "rows"}
ROW_KEYS = {"id", "says", "verdict", "cases", "outside", "out-of-scope", "equivalences"}
CASE_KEYS = {
    "when", "given", "namespace", "lenient", "world", "claim", "verdict", "counterexample",
    "witness", "connection", "decision", "subsets-of", "claims", "rejected",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """One file of rows."""

    name: str
    data: Mapping[str, Any]

    def texts(self, given: list[str]) -> dict[str, str]:
        """The manifests that a list of names and paths stands for, each under a file name."""
        found: dict[str, str] = {}
        for name in given:
            if name in self.data.get("clusters", {}):
                found |= self.texts(self.data["clusters"][name])
            elif name in self.data.get("texts", {}):
                found[f"{name}.yaml"] = self.data["texts"][name]
            else:
                found[name] = (EXAMPLES / name).read_text(encoding="utf-8")
        return found

    def spec(self, claims: list[str], world: str) -> str:
        """A spec file with the table's groups and the claims."""
        stated = [{"claim": claim, "world": world} for claim in claims]
        return yaml.safe_dump(
            {"groups": self.data.get("groups", {}), "claims": stated}, sort_keys=False
        )


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a row."""

    table: Table
    row: str
    number: int
    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The row and the place of the case in it, with a few words."""
        words = self.data.get("claim") or self.data.get("when") or "rejected"
        return f"{self.row}.{self.number} {words}"

    def load(self, *more: str) -> Loaded:
        """The cluster of the given manifests and some more; raises InputError."""
        options = LoadOptions(
            namespace=self.data.get("namespace", "default"),
            decoding=Decoding.LENIENT if self.data.get("lenient") else Decoding.STRICT,
        )
        return load_texts(self.table.texts([*self.data["given"], *more]), options)

    def rejected(self) -> list[dict[str, str]]:
        """The problems that the case expects, each with `at` and `message`."""
        expected = self.data["rejected"]
        found = self.table.data["rejections"][expected] if isinstance(expected, str) else expected
        return list(found)


@cache
def tables() -> tuple[Table, ...]:
    """Every file of rows."""
    return tuple(
        Table(path.stem, yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted(ROWS.glob("*.yaml"))
    )


def rows() -> Iterator[tuple[Table, dict[str, Any]]]:
    """Every row with its table."""
    for table in tables():
        for row in table.data["rows"]:
            yield table, row


def cases(key: str) -> list[Case]:
    """The cases that state `key`."""
    return [
        Case(table, row["id"], number, table.data.get("defaults", {}) | case)
        for table, row in rows()
        for number, case in enumerate(row.get("cases", []), 1)
        if key in case
    ]


@cache
def equivalences() -> Table:
    """The pairs of policy sets whose comparison belongs to some row."""
    return Table("equivalences", yaml.safe_load(EQUIVALENCES.read_text(encoding="utf-8")))
