"""What a run was asked and what it answered; how a bundle records it, and runs it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, assert_never

from netproof.api import compare
from netproof.comparison.policies import CompareOptions
from netproof.comparison.versions import ONE_PATH, shared_cluster, with_path_note
from netproof.comparisons import CompareReport
from netproof.pipeline import verify
from netproof.reports.data import Data
from netproof.reports.verify.data import verify_data
from netproof.solving import Limits, deadline_of, milliseconds_of
from netproof.verified import Report, VerifyOptions
from netproof.verifying.baselines import known_failures
from netproof.verifying.standing import Judging
from netproof_specs.assumptions import READINGS, Assumption, Assumptions, value_of
from netproof_specs.frozen import Frozen, replace
from netproof_specs.loading import Decoding, Loaded, LoadOptions, load_texts
from netproof_specs.model.cluster import Cluster
from netproof_specs.readers.kinds import left_out
from netproof_specs.sources.finding import Content, source_of
from netproof_specs.sources.folders import Unread
from netproof_specs.spec_files.reading import read_spec, statements_of
from netproof_specs.worlds import World


class VerifyRun(Frozen):
    """A run of `verify`: its report, and the spec files, claims and so on that it was given.

    `select` are the tags of which a claim had to have one; `baseline` is an earlier report;
    `included` are the files and catalogues that the specs include.
    """

    report: Report
    specs: tuple[Content, ...]
    claims: tuple[str, ...]
    select: tuple[str, ...] = ()
    baseline: bytes | None = None
    included: tuple[Content, ...] = ()


class CompareRun(Frozen):
    """A run of `compare`, with the cluster that both sides share."""

    report: CompareReport
    options: CompareOptions
    cluster: Cluster


Run = VerifyRun | CompareRun

BASELINE = "baseline.json"
"""The member that holds the earlier report, where one was given."""


def loaded_of(run: Run) -> Iterator[tuple[str, Loaded]]:
    """What was read, by the name of its side; `verify` has one side without a name."""
    match run:
        case VerifyRun(report=report):
            yield "", report.loaded
        case CompareRun(report=compared):
            yield "old", compared.old
            yield "new", compared.new
        case _:
            assert_never(run)


def options_data(run: Run) -> Data:
    """What was asked, as plain data from which `run_again` asks it again."""
    loaded = next(iter(loaded_of(run)))[1].options
    reading = {
        "namespace": loaded.namespace,
        "decoding": loaded.decoding.value,
        "without": [str(kind) for kind in loaded.without],
    }
    match run:
        case VerifyRun(report=report, claims=claims, select=select):
            options: VerifyOptions | CompareOptions = report.options
            own: Data = {
                "claims": list(claims),
                "select": list(select),
                "judging": verify_data(report)["judging"],
                "mostPairs": report.options.most_pairs,
                "paths": list(report.loaded.paths),
            }
            command = "verify"
        case CompareRun(report=compared, options=options):
            own = {
                "expect": compared.expectation,
                "maxRegions": run.options.max_regions,
                "onePath": any(note.code == ONE_PATH for note in compared.new.notes),
            }
            command = "compare"
        case _:
            assert_never(run)
    return {
        "command": command,
        "options": {
            "world": options.world.value if options.world else None,
            "assumptions": {one.value: value_of(one, options.assumptions) for one in READINGS},
            "timeoutMilliseconds": options.limits.milliseconds or None,
            "deadlineMilliseconds": milliseconds_of(options.limits.deadline),
            "unread": {side: _unread_data(one.unread) for side, one in loaded_of(run)},
            **reading,
            **own,
        },
    }


def _unread_data(unread: Unread) -> Data:
    """Files that were left out; a report notes them."""
    return {"excluded": list(unread.excluded), "foreign": list(unread.foreign)}


def run_again(index: Mapping[str, Any], members: Mapping[str, bytes]) -> Run:
    """The run that an index tells of, on the inputs among the members.

    Raises InputError, and LookupError, TypeError or ValueError for what no index of ours says.
    """
    asked = index["options"]
    reading = LoadOptions(
        namespace=asked["namespace"],
        decoding=Decoding(asked["decoding"]),
        without=tuple(map(left_out, asked["without"])),
    )
    limits = Limits(
        milliseconds=asked["timeoutMilliseconds"] or 0,
        deadline=deadline_of(asked["deadlineMilliseconds"]),
    )
    world = None if asked["world"] is None else World(asked["world"])
    assumed = _assumptions(asked["assumptions"])
    if index["command"] == "verify":
        loaded = _loaded(None, index, members, reading)
        loaded = replace(loaded, paths=tuple(asked["paths"]))
        options = VerifyOptions(world, assumed, limits, asked["mostPairs"])
        judged, baseline = asked["judging"], members.get(BASELINE)
        known = None if baseline is None else known_failures(baseline)
        today = date.fromisoformat(judged["today"]) if judged["today"] else date.min
        run = VerifyRun(
            Report(loaded, options, (), judging=Judging(today, known, judged["strict"])),
            _contents(index["specs"], members),
            tuple(asked["claims"]),
            tuple(asked["select"]),
            baseline,
            _contents(index.get("included", ()), members),
        )
        return verify_again(run)
    if index["command"] != "compare" or world is None:
        raise ValueError("the index tells of no command that makes bundles")
    old, new = (_loaded(side, index, members, reading) for side in ("old", "new"))
    new = with_path_note(new) if asked["onePath"] else new
    return compare_again(
        old, new, CompareOptions(world, assumed, limits, asked["maxRegions"]), asked["expect"]
    )


def verify_again(run: VerifyRun) -> VerifyRun:
    """The run with the verdicts that come out now."""
    kept = {one.name: one.data for one in run.included}
    specs = [read_spec(one.name, one.data, kept) for one in run.specs]
    stated = statements_of(specs, run.claims)
    chosen = [one for one in stated if not run.select or {*run.select} & {*one.filing.tags}]
    asked = run.report
    report = verify(asked.loaded, chosen, asked.options)
    sources = tuple(dict.fromkeys(map(source_of, (*run.specs, *run.included))))
    included = tuple(dict.fromkeys(one for spec in specs for one in spec.included))
    return replace(
        run,
        report=replace(report, specs=sources, judging=asked.judging),
        included=included,
    )


def compare_again(
    old: Loaded, new: Loaded, options: CompareOptions, expectation: str
) -> CompareRun:
    """A run of `compare` on what was loaded."""
    report = compare(old, new, options, expectation)
    return CompareRun(report, options, shared_cluster(old, new, options.world))


def _assumptions(values: Mapping[str, str]) -> Assumptions:
    if {*values} != {one.value for one in Assumption}:
        raise ValueError("the index names other assumptions")
    for one, reading in READINGS.items():
        if values[one.value] not in (reading.when_true, reading.when_false):
            raise ValueError(f"the index has no value of {one.value}")
    return frozenset(
        one for one, reading in READINGS.items() if values[one.value] == reading.when_true
    )


def _loaded(
    side: str | None,
    index: Mapping[str, Any],
    members: Mapping[str, bytes],
    options: LoadOptions,
) -> Loaded:
    listed: Sequence[Mapping[str, str]] = [one for one in index["inputs"] if one["side"] == side]
    texts = {one["name"]: members[one["member"]] for one in listed}
    unread = index["options"]["unread"][side or ""]
    missing = Unread(tuple(unread["excluded"]), tuple(unread["foreign"]))
    return load_texts(texts, options, unread=missing)


def _contents(
    listed: Sequence[Mapping[str, str]], members: Mapping[str, bytes]
) -> tuple[Content, ...]:
    return tuple(Content(one["name"], members[one["member"]]) for one in listed)
