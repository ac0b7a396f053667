"""Folders as they are: files of other programs, exclusions, packed files, pipes and devices."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.reporting import PODS, POLICY

from netproof.cli import main
from netproof_specs.loading import Loaded, LoadOptions, load
from netproof_specs.problems import InputError, Problem
from netproof_specs.sources import contents as reading
from netproof_specs.sources.folders import fits


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with manifests, which is the working directory as well."""
    write(tmp_path / "k8s" / "pods.yaml", PODS)
    write(tmp_path / "k8s" / "policy.yaml", POLICY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def notes(loaded: Loaded, code: str) -> list[str]:
    return [one.message for one in loaded.notes if one.code == code]


def problems(*paths: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        load(paths)
    return caught.value.problems


# --- files that are no manifests -------------------------------------------------------------

CHART = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"
FOREIGN = {
    "values.yaml": "replicaCount: 2\nimage: {tag: x}\ningress: {enabled: false}\n",
    "chart.yml": CHART,
    "list.yaml": "- a\n- b: 1\n",
    "scalar.yml": "just words\n",
    "empty.yaml": "",
    "blank.json": " \n",
    "mark.yaml": b"\xef\xbb\xbf\n",
    "comments.yaml": "# nothing\n---\n",
    "twice.yaml": "a: 1\na: 2\n",
    "package.json": '{"name": "x", "scripts": {}}',
    "claims.yaml": "groups: {}\nclaims: []\n",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_file_is_left_out_of_a_folder_only(name: str) -> None:
    write(Path("k8s", name), FOREIGN[name])
    loaded = load(["k8s"])
    assert notes(loaded, "foreign-files") == [
        f"1 file or folder is left out, without any Kubernetes object: `k8s/{name}`"
    ]
    assert [one.name for one in loaded.sources] == ["k8s/pods.yaml", "k8s/policy.yaml"]
    with pytest.raises(InputError):
        load([f"k8s/{name}"])


def test_foreign_files_are_listed_together() -> None:
    for name in ("b.yaml", "a.yaml"):
        write(Path("k8s", name), "x: 1\n")
    assert notes(load(["k8s"]), "foreign-files") == [
        "2 files and folders are left out, without any Kubernetes object: "
        "`k8s/a.yaml`, `k8s/b.yaml`"
    ]


@pytest.mark.parametrize(
    "text",
    [
        POLICY.replace("apiVersion", "apiversion"),
        POLICY.replace("kind: NetworkPolicy\n", ""),
        POLICY.replace("apiVersion: networking.k8s.io/v1\n", ""),
        "spec: {podSelector: {}}\n",
        "ingress:\n- from: [{podSelector: {}}]\n",
        "policyTypes: [Ingress]\n",
        "items:\n- kind: NetworkPolicy\n  metadata: {name: x}\n",
        f"x: 1\n---\n{POLICY.replace('kind', 'Kind')}",
        "a: {\n",
        "{{ if x }}\na: 1\n",
        b"\x7fELF\0",
    ],
)
def test_what_may_be_a_manifest_is_an_error_in_a_folder(text: str | bytes) -> None:
    write(Path("k8s", "broken.yaml"), text)
    assert problems("k8s")


def test_only_foreign_files_are_no_input() -> None:
    write(Path("other", "values.yaml"), "x: 1\n")
    (found,) = problems("other")
    assert found.message == "the input holds no object"


@pytest.mark.parametrize("format", ["json", "yaml"])
def test_own_reports_are_left_out(format: str) -> None:
    commands = {
        "verify": ["--claim", "shop/web can reach shop/db on TCP/5432"],
        "compare": ["k8s"],
        "connections": [],
        "explain": ["--from", "shop/web", "--to", "shop/db", "--on", "TCP/5432"],
        "lint": ["--fail-on", "never"],
    }
    for command, rest in commands.items():
        out = f"k8s/{command}.{format}"
        assert main([command, "k8s", *rest, "--output", f"{format}={out}"]) == 0
    (told,) = notes(load(["k8s"]), "foreign-files")
    assert all(f"`k8s/{command}.{format}`" in told for command in commands)


# --- exclusions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "glob", "holds"),
    [
        ("values.yaml", "values.yaml", True),
        ("a/b/values.yaml", "values.yaml", True),
        ("a/b/values.yaml", "a", True),
        ("a/b/values.yaml", "b/", True),
        ("a/b/values.yaml", "val*", True),
        ("a/b/values.yaml", "/values.yaml", False),
        ("a/b/values.yaml", "/a", True),
        ("a/b/values.yaml", "a/*.yaml", False),
        ("a/b/values.yaml", "a/b/*.yaml", True),
        ("a/b/values.yaml", "a/**/*.yaml", True),
        ("a/values.yaml", "a/**/*.yaml", True),
        ("a/b/values.yaml", "**/b/**", True),
        ("a/b/values.yaml", "b/values.yaml", False),
        ("a/b/values.yaml", "**/b/values.yaml", True),
        ("values.yaml", "?alues.yaml", True),
        ("Values.yaml", "values.yaml", False),
        ("a/valuesXyaml", "values.yaml", False),
    ],
)
def test_globs(path: str, glob: str, holds: bool) -> None:
    assert fits(path, glob) is holds


BROKEN = "kind: Broken\n"


@pytest.mark.parametrize("command", ["verify", "compare", "connections", "explain", "lint"])
def test_every_command_excludes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    rest = {
        "verify": ["--claim", "shop/web can reach shop/db on TCP/5432"],
        "compare": ["k8s"],
        "explain": ["--from", "shop/web", "--to", "shop/db", "--on", "TCP/5432"],
        "lint": ["--fail-on", "never"],
    }.get(command, [])
    write(Path("k8s/sub/broken.yaml"), BROKEN)
    assert main([command, "k8s", *rest]) == 2
    capsys.readouterr()
    assert main([command, "k8s", *rest, "--exclude", "x", "--exclude", "sub"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "1 file or folder is left out, as `--exclude` or a spec says" in told
    assert "k8s/sub/broken.yaml" in told


@pytest.mark.parametrize("written", ["exclude: broken.yaml", "exclude: [x, 'broken.*']"])
@pytest.mark.parametrize("command", ["verify", "connections"])
def test_a_spec_excludes(command: str, written: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("k8s/sub/broken.yaml"), BROKEN)
    claim = "claims: [shop/web can reach shop/db on TCP/5432]\n"
    write(Path("spec.yaml"), f"{written}\n{claim}")
    assert main([command, "k8s", "--spec", "spec.yaml"]) == 0
    assert "`k8s/sub/broken.yaml`" in capsys.readouterr().out


@pytest.mark.parametrize("written", ["exclude: 3", "exclude: ['/']", "exclude: [{a: b}]"])
def test_wrong_globs_in_a_spec(written: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("spec.yaml"), f"{written}\nclaims: [shop/web can reach shop/db]\n")
    assert main(["verify", "k8s", "--spec", "spec.yaml"]) == 2
    assert "spec.yaml:1:" in capsys.readouterr().err


@pytest.mark.parametrize("glob", ["chart", "Chart.yaml", "chart/*"])
def test_a_folder_to_be_rendered_can_be_excluded(glob: str) -> None:
    write(Path("k8s/chart/Chart.yaml"), CHART)
    assert [one.code for one in problems("k8s")] == ["unrendered-folder"]
    assert load(["k8s"], LoadOptions(exclude=(glob,))).cluster.policies


def test_a_file_that_is_named_is_not_excluded() -> None:
    options = LoadOptions(exclude=("*.yaml",))
    assert len(load(["k8s/pods.yaml"], options).sources) == 1
    with pytest.raises(InputError, match="holds no object"):
        load(["k8s"], options)


def test_a_revision_excludes(capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("k8s/sub/broken.yaml"), BROKEN)
    for words in ("init -q", "add -A", "-c user.name=a -c user.email=a@b commit -qm a"):
        subprocess.run(["git", *words.split()], check=True)
    assert main(["compare", "git:HEAD:k8s", "k8s"]) == 2
    assert main(["compare", "git:HEAD:k8s", "k8s", "--exclude", "sub/*.yaml"]) == 0
    assert "git:HEAD:k8s/sub/broken.yaml" in capsys.readouterr().out


# --- one object twice ------------------------------------------------------------------------


def test_the_same_object_word_for_word_is_a_note() -> None:
    write(Path("k8s/zcopy.yaml"), f"# a copy\n{POLICY}")
    loaded = load(["k8s"])
    assert len(loaded.cluster.policies) == 1
    assert notes(loaded, "repeated-object") == [
        "the NetworkPolicy `shop/to-db` stands at k8s/policy.yaml:4:9 word for word, "
        "and counts once"
    ]


def test_another_object_of_the_name_stays_an_error() -> None:
    write(Path("k8s/zcopy.yaml"), POLICY.replace("5432", "80"))
    (found,) = problems("k8s")
    assert found.code == "duplicate-object"


# --- blocks, fields --------------------------------------------------------------------------


def test_host_bits_are_masked_with_a_note() -> None:
    block = POLICY.replace("podSelector: {matchLabels: {app: web}}", "ipBlock: {cidr: 10.1.2.3/8}")
    write(Path("block.yaml"), block)
    loaded = load(["block.yaml"])
    assert "10.0.0.0/8" in str(loaded.cluster.policies[0])
    (told,) = notes(loaded, "masked-block")
    assert "`10.1.2.3/8` has bits set to the right of the prefix; read as `10.0.0.0/8`" in told


def test_an_unknown_field_tells_of_lenient(capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("k8s/policy.yaml"), POLICY.replace("ports:", "port:"))
    assert main(["lint", "k8s"]) == 2
    assert "--lenient" in capsys.readouterr().err
    write(Path("k8s/policy.yaml"), POLICY.replace("kind:", "knd:"))
    assert main(["lint", "k8s"]) == 2
    assert "--lenient" not in capsys.readouterr().err


# --- what is piped in ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Error from server (Forbidden): pods is forbidden: User x\n",
        'Error from server (NotFound): namespaces "x" not found\n',
        f"{POLICY}Error from server (Forbidden): pods is forbidden\n",
        "Unable to connect to the server: dial tcp: lookup x: no such host\n",
        "The connection to the server localhost:8080 was refused\n",
        "error: You must be logged in to the server (Unauthorized)\n",
        "No resources found in default namespace.\n",
    ],
)
def test_errors_of_kubectl_are_recognised(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(Path("in.yaml"), text)
    assert main(["lint", "in.yaml"]) == 2
    told = capsys.readouterr().err
    line = text.count("\n")
    said = text.splitlines()[-1]
    assert f"in.yaml:{line}:1: this is an error message of kubectl: `{said}" in told
    assert told.count("error message") == 1


def test_the_words_of_kubectl_in_a_value_are_no_error() -> None:
    note = "  annotations: {note: 'Error from server'}\n"
    write(Path("k8s/policy.yaml"), POLICY.replace("  name: to-db\n", f"  name: to-db\n{note}"))
    assert load(["k8s"])


# --- packed and wide files -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dump.json.gz", "dump.yaml.gz", "sub/dump.yml.gz"])
def test_packed_files_are_read(name: str) -> None:
    pods = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}})
    path = Path("packed", name)
    write(path, gzip.compress(pods.encode()))
    for given in ("packed", str(path)):
        loaded = load([given])
        assert [one.name for one in loaded.cluster.workloads] == ["x"]
        assert [one.name for one in loaded.sources] == [str(path)]


def test_mistakes_in_packed_files_have_their_line() -> None:
    write(Path("p.yaml.gz"), gzip.compress(POLICY.replace("ports:", "port:").encode()))
    (found,) = problems("p.yaml.gz")
    assert str(found.where) == "p.yaml.gz:10:5"
    assert "port:" in found.excerpt


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_wide_files_are_read(encoding: str) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    write(Path("wide.yaml"), f"{mark}{POLICY}".encode(encoding))
    assert [one.name for one in load(["wide.yaml"]).cluster.policies] == ["to-db"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (gzip.compress(b"x" * 99, mtime=0)[:-4], "gzip cannot unpack the file"),
        (b"\x1f\x8bnothing", "gzip cannot unpack the file"),
        (b"\xff\xfea", "the file is not the UTF-16 that its start says"),
        (b"\xff\xfe\x00\xd8a\x00", "the file is not the UTF-16 that its start says"),
        (gzip.compress(b"\0", mtime=0), "the file is not text"),
    ],
)
def test_what_is_not_what_it_says(data: bytes, message: str) -> None:
    write(Path("x.yaml"), data)
    (found,) = problems("x.yaml")
    assert found.message == message


# --- input without end -----------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="has no such devices")
@pytest.mark.parametrize("arguments", [["/dev/zero"], ["k8s", "--spec", "/dev/zero"]])
def test_a_device_without_end(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", *arguments, "--claim", "shop/web can reach shop/db"]) == 2
    assert "is not text" in capsys.readouterr().err


def test_text_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST", 5 << 20)
    given, taken = os.pipe()
    process = subprocess.Popen(["yes", "a: 1"], stdout=taken)
    os.close(taken)
    with os.fdopen(given, "rb") as stream, pytest.raises(InputError) as caught:
        load(["-"], stdin=stream)
    process.wait(timeout=60)
    assert caught.value.problems[0].message == "it is larger than 5 MiB, and is not read"


def test_files_that_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST", 100)
    write(Path("large.yaml"), "a: 1\n" * 40)
    write(Path("bomb.yaml"), gzip.compress(b"a: 1\n" * 40))
    for name in ("large.yaml", "bomb.yaml"):
        (found,) = problems(name)
        assert found.message == "it is larger than 0 MiB, and is not read"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no named pipes")
def test_a_pipe_that_nobody_writes_to(monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo("pipe")
    monkeypatch.setattr(reading, "PATIENCE", 0.2)
    (found,) = problems("pipe")
    assert found.message == "nothing came through the pipe for 0.2 s"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no named pipes")
def test_a_pipe_that_somebody_writes_to() -> None:
    os.mkfifo("pipe")
    writer = threading.Thread(target=lambda: Path("pipe").write_text(POLICY))
    writer.start()
    assert [one.name for one in load(["pipe"]).cluster.policies] == ["to-db"]
    writer.join()


def test_a_bundle_of_such_a_folder_is_made_again(capsys: pytest.CaptureFixture[str]) -> None:
    """What was left out is noted again, and packed files are kept as they were."""
    write(Path("k8s/values.yaml"), "x: 1\n")
    write(Path("k8s/sub/broken.yaml"), BROKEN)
    write(Path("k8s/pods.yaml.gz"), gzip.compress(PODS.encode()))
    Path("k8s/pods.yaml").unlink()
    claim = ("--claim", "shop/web can reach shop/db on TCP/5432")
    options = ("--exclude", "sub", "--deadline", "600", "--bundle", "run.zip")
    assert main(["verify", "k8s", *claim, *options]) == 0
    assert main(["recheck", "run.zip"]) == 0, capsys.readouterr()
