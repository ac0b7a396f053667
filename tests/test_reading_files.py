"""Files, folders, standard input and hostile bytes: what is read, and what is a clear error."""

from __future__ import annotations

import gc
import io
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.profiles import examples
from tests.refusals import places

from netproof_specs.documents.json_positions import Positions
from netproof_specs.loading import Decoding, Loaded, LoadOptions, load, load_texts, resolve
from netproof_specs.problems import InputError, Problem

POLICY = (
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: NAME, namespace: x}\n"
)


def policy(name: str) -> str:
    return POLICY.replace("NAME", name)


def names(loaded: Loaded) -> list[str]:
    return [policy.name for policy in loaded.cluster.policies]


def problems(*paths: str, stdin: bytes | None = None) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        load(paths, stdin=None if stdin is None else io.BytesIO(stdin))
    return caught.value.problems


# --- where the input comes from --------------------------------------------------------------


def test_a_folder_gives_its_manifests_in_order(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "c.json", "sub/d.yaml", ".hidden.yaml", ".git/e.yaml", "f.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        stem = path.stem.strip(".")
        text = json.dumps(yaml.safe_load(policy(stem))) if path.suffix == ".json" else policy(stem)
        path.write_text(text, encoding="utf-8")
    loaded = load([str(tmp_path)])
    assert names(loaded) == ["a", "b", "c", "d"]
    assert [source.name for source in loaded.sources] == [
        str(tmp_path / name) for name in ("a.yml", "b.yaml", "c.json", "sub/d.yaml")
    ]


def test_sources_carry_the_digest_of_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(policy("a"), encoding="utf-8")
    (source,) = load([str(path)]).sources
    assert source.sha256 == sha256(path.read_bytes()).hexdigest()


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(policy("a"), encoding="utf-8")
    assert names(load([str(path), str(tmp_path), str(path)])) == ["a"]


def test_a_named_file_may_have_any_suffix(tmp_path: Path) -> None:
    path = tmp_path / "rendered.txt"
    path.write_text(policy("a"), encoding="utf-8")
    assert names(load([str(path)])) == ["a"]


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_standard_input(form: str) -> None:
    text = policy("a") if form == "yaml" else json.dumps(yaml.safe_load(policy("a")))
    loaded = load(["-"], stdin=io.BytesIO(text.encode()))
    assert names(loaded) == ["a"]
    assert [source.name for source in loaded.sources] == ["-"]


def test_several_json_documents_in_one_file() -> None:
    text = "\n".join(json.dumps(yaml.safe_load(policy(name))) for name in "ab")
    loaded = load_texts({"f.json": text})
    assert names(loaded) == ["a", "b"]
    where = loaded.cluster.policies[1].where
    assert where is not None
    assert resolve(where, loaded).line == 2


def test_flow_yaml_that_is_no_json() -> None:
    text = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a}}"
    assert names(load_texts({"f.yaml": text})) == ["a"]


def test_byte_order_marks_and_line_ends() -> None:
    text = policy("a").replace("\n", "\r\n")
    loaded = load_texts({"f": b"\xef\xbb\xbf" + text.encode()})
    assert str(loaded.cluster.policies[0].where) == "f:3:18"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.yaml").write_bytes(b"")
    (tmp_path / "binary.yaml").write_bytes(b"\x7fELF\0\0")
    (tmp_path / "latin.yaml").write_bytes("a: ä".encode("latin-1"))
    order = ["absent", "empty", "empty.yaml", "binary.yaml", "latin.yaml"]
    found = problems(*(str(tmp_path / name) for name in order))
    assert {p.code for p in found} == {"unreadable-file"}
    told = {Path(str(p.where)).name: p.message for p in found}
    assert told == {
        "absent": "no such file or folder",
        "empty": "the folder holds no manifest",
        "empty.yaml": "the file is empty",
        "binary.yaml": "the file is not text",
        "latin.yaml": "the file is not UTF-8: byte 4 does not fit",
    }


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all files")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(policy("a"), encoding="utf-8")
    path.chmod(0)
    (problem,) = problems(str(path))
    assert problem.message == "cannot read it: Permission denied"


def test_linked_folders_are_read_once_and_circles_end(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "q.yaml").write_text(policy("q"))
    folder = tmp_path / "folder"
    (folder / "b").mkdir(parents=True)
    (folder / "b" / "p.yaml").write_text(policy("p"))
    (folder / "a").symlink_to(tmp_path / "elsewhere")
    (folder / "c").symlink_to(folder)
    (folder / "b" / "d").symlink_to(tmp_path / "elsewhere")
    sources = load([str(folder)]).sources
    assert [source.name for source in sources] == [
        str(folder / "a" / "q.yaml"),
        str(folder / "b" / "p.yaml"),
    ]


def test_a_pipe_in_a_folder_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.yaml")
    (tmp_path / "broken.yaml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "good.yaml").write_text(policy("p"))
    found = {Path(p.where.file).name: p.message for p in problems(str(tmp_path)) if p.where}
    assert found == {"p.yaml": "it is no file", "broken.yaml": "no such file or folder"}


def test_a_file_name_begins_no_line_of_a_report() -> None:
    with pytest.raises(InputError) as caught:
        load_texts({"a\n::error::b\udcff.yaml": "x: 1"})
    assert str(caught.value).startswith("a\\n::error::b\\udcff.yaml:1:1: the object has no")


def test_paths_that_no_system_has() -> None:
    for path in ("a\0b", ""):
        (problem,) = problems(path)
        assert problem.code == "unreadable-file"


def test_no_standard_input() -> None:
    (problem,) = problems("-")
    assert problem.message == "there is no standard input to read"


def test_no_path_at_all() -> None:
    (problem,) = problems()
    assert problem.code == "no-object"


def test_problems_of_several_files_come_in_their_order(tmp_path: Path) -> None:
    for name in ("b", "a"):
        bad = POLICY.replace("NAME", "A")
        (tmp_path / name).write_text(f"{policy('x')}---\n{bad}", encoding="utf-8")
    found = problems(str(tmp_path / "b"), str(tmp_path / "a"))
    assert [Path(str(p.where).split(":")[0]).name for p in found if p.code == "invalid-name"] == [
        "b",
        "a",
    ]


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was(enabled: bool) -> None:
    (gc.enable if enabled else gc.disable)()
    try:
        load_texts({"f": policy("a")})
        assert gc.isenabled() is enabled
        with pytest.raises(InputError):
            load_texts({"f": ""})
        assert gc.isenabled() is enabled
    finally:
        gc.enable()


@pytest.mark.parametrize("more", ["", '{"kind": "List", "apiVersion": "v1", "items": []}'])
def test_resolving_costs_a_time_linear_in_the_file(more: str) -> None:
    """Each part of the text is scanned once, however many positions are asked for.

    With a second document it is not read by the typed decoder.
    """
    items = [yaml.safe_load(policy(f"p{i}")) for i in range(300)]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=1)
    loaded = load_texts({"f.json": text + more})
    lines = text.splitlines()
    for one in loaded.cluster.policies:
        assert one.where is not None
        assert f'"name": "{one.name}"' in lines[resolve(one.where, loaded).line - 1]
    source = loaded.documents.json_texts["f.json"]
    assert (source.positions is None) is bool(more)
    scanned = source.children if source.positions is None else source.positions.members
    assert len(scanned) == 2 + 2 * len(items)


def test_looking_for_a_line_leaves_the_collector_aside() -> None:
    """It would walk through the whole cluster again and again, while the members are counted."""
    text = '{"items": [' + ", ".join(["{}"] * 5_000) + "]}"
    walks: list[str] = []

    def note(phase: str, _: object) -> None:
        walks.append(phase)

    gc.collect()
    gc.callbacks.append(note)
    try:
        assert Positions(text.encode()).place(("items", 4_999)) == (1, 1 + text.rindex("{}"))
    finally:
        gc.callbacks.remove(note)
    assert walks.count("start") <= 1  # as soon as it may again
    assert gc.isenabled()


# --- hostile input ---------------------------------------------------------------------------

DEEP = 100_000


@pytest.mark.parametrize(
    "text",
    [
        "[" * DEEP,
        "[" * DEEP + "]" * DEEP,
        "- " * DEEP + "a",
        "? " * DEEP,
        "{a: " * DEEP,
        '{"a": ' * DEEP,
        '{"a": ' * DEEP + "1" + "}" * DEEP,
        "".join(" " * depth + "a:\n" for depth in range(2_000)),
        "a: &a x\n"
        + "".join(f"k{i}: &b{i} [*b{i - 1}]\n" if i else "k0: &b0 []\n" for i in range(400)),
    ],
    ids=[
        "open",
        "closed",
        "dashes",
        "questions",
        "maps",
        "json",
        "closed-json",
        "block",
        "aliases",
    ],
)
@pytest.mark.parametrize("name", ["f.yaml", "f.json"])
def test_nesting_without_measure(text: str, name: str) -> None:
    with pytest.raises(InputError) as caught:
        load_texts({name: text})
    codes = {problem.code for problem in caught.value.problems}
    assert codes & {"nesting", "alias-expansion", "json-syntax", "yaml-syntax"}


@pytest.mark.parametrize(
    "text",
    [
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": ' + "9" * 5000 + "}",
        '{"a": 1,}',
        "{",
        '{"a" 1}',
        "nul",
    ],
)
def test_json_that_is_none(text: str) -> None:
    with pytest.raises(InputError) as caught:
        load_texts({"f.json": text})
    (problem,) = caught.value.problems
    assert problem.code == "json-syntax"
    assert problem.where is not None
    assert problem.where.line == 1


FRAGMENTS = [
    *("apiVersion: networking.k8s.io/v1\n", "kind: NetworkPolicy\n", "metadata: {name: p}\n"),
    *("spec:\n", "  ingress:\n", "  - from:\n", "    - podSelector: {}\n", "---\n", "\t", "&a "),
    *("*a", "<<: ", "!!int ", "{{ x }}", "? ", ": ", "- ", "[", "]", "{", "}", "|\n", "'", '"'),
    *("#", "\x00", "\ud800", "é", "\u2028", "0x10", "1e400", ".inf", "2024-13-45", "~", "y", "="),
    *("%YAML 1.2\n", "...\n", "\ufeff"),
]


def total(text: str | bytes, name: str) -> None:
    """Any input gives a cluster or an InputError, in both ways of decoding."""
    for decoding in Decoding:
        try:
            loaded = load_texts({name: text}, LoadOptions(decoding=decoding))
        except InputError as error:
            told = error.problems
        else:
            check(loaded)
            continue
        assert told
        assert len(set(told)) == len(told), "one mistake, one problem"
        assert all(str(problem) for problem in told)


def check(loaded: Loaded) -> None:
    """Every policy has a place that can be worked out."""
    for one in loaded.cluster.policies:
        assert one.where is not None
        assert resolve(one.where, loaded).line > 0


@examples(300, 3000)
@given(st.binary(max_size=60), st.sampled_from(["f.yaml", "f.json"]))
def test_random_bytes(data: bytes, name: str) -> None:
    total(data, name)


@examples(400, 4000)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join))
def test_random_fragments(text: str) -> None:
    total(text, "f.yaml")


_KEYS = st.sampled_from(
    [
        *("apiVersion", "kind", "metadata", "spec", "name", "namespace", "labels", "podSelector"),
        *("matchLabels", "matchExpressions", "key", "operator", "values", "policyTypes", "ingress"),
        *("egress", "from", "to", "ports", "port", "endPort", "protocol", "ipBlock", "cidr"),
        *("except", "items", "template", "containers", "status", "x", "", "a b"),
    ]
)
_SCALARS = st.sampled_from(
    [
        *(None, True, False, 0, 80, -1, 1.5, 10**30, "", "a", "TCP", "10.0.0.0/8", "Ingress", "In"),
        *("v1", "Pod", "NetworkPolicy", "networking.k8s.io/v1", "List", "\ud800", "x" * 300),
    ]
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=12,
)
_BASES: list[dict[str, Any]] = [
    yaml.safe_load(text)
    for text in (
        """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: p}
        spec:
          podSelector:
            matchLabels: {a: b}
            matchExpressions: [{key: a, operator: In, values: [b]}]
          policyTypes: [Ingress]
          ingress:
          - from: [{podSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]
            ports: [{protocol: TCP, port: 80, endPort: 90}]
        """,
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: p
          namespace: x
          labels: {a: b}
          ownerReferences: [{kind: ReplicaSet, name: r, controller: true}]
        spec:
          hostNetwork: false
          nodeName: n1
          containers: [{ports: [{name: http, containerPort: 80}]}]
        status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}]}
        """,
        """
        apiVersion: batch/v1
        kind: CronJob
        metadata: {name: c}
        spec: {jobTemplate: {spec: {parallelism: 2, template: {metadata: {}, spec: {}}}}}
        """,
        """
        apiVersion: v1
        kind: List
        items: [{apiVersion: v1, kind: Namespace, metadata: {name: x}}]
        """,
    )
]


def mutated(value: Any, path: tuple[Any, ...], new: Any, key: str) -> Any:
    """The value with the part at `path` replaced, or moved to another key."""
    if not path:
        return new
    step, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    if key and not rest and isinstance(copy, dict):
        copy[key] = copy.pop(step)
    else:
        copy[step] = mutated(copy[step], tuple(rest), new, key)
    return copy


@examples(500, 5000)
@given(st.data())
def test_mutated_manifests(data: st.DataObject) -> None:
    value: Any = data.draw(st.sampled_from(_BASES))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(value)))
        value = mutated(
            value, path, data.draw(_VALUES), data.draw(st.sampled_from(["", "", "x", "From"]))
        )
    text = json.dumps(value)
    total(text, "f.json")
    total(yaml.safe_dump(json.loads(text.replace("\\ud800", "?"))), "f.yaml")
