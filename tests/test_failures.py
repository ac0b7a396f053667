"""Where nothing was decided, every output says so, and none of an earlier run is left."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml
from tests.reporting import HOSTILE, PODS, POLICY
from tests.test_reports_github import commands
from tests.test_reports_junit import suite_of
from tests.test_reports_markdown import TAGS, Page
from tests.test_reports_sarif import run_of

from netproof.cli import INPUT_ERROR, INTERNAL_ERROR, INTERRUPTED, main
from netproof.commands import connections, explain, lint
from netproof.commands.failing import TABLES
from netproof.reports.failures import FAILURE_FORMATS, Cause, Failure
from netproof.reports.formats import COMPARE_FORMATS, VERIFY_FORMATS
from netproof.schemas import ERROR, schema
from netproof.verifying.answering import Answers
from netproof_specs.locations import Location
from netproof_specs.problems import Problem

WRONG = POLICY.replace("podSelector:", "podSelecter:", 1)
OLD = "the report of an earlier run"
CLAIM = ("--claim", "shop/web cannot reach shop/db")

COMMANDS: dict[str, tuple[str, ...]] = {
    "verify": ("k8s", *CLAIM),
    "compare": ("k8s", "k8s"),
    "lint": ("k8s",),
    "connections": ("k8s",),
    "explain": ("k8s", "--from", "shop/web", "--to", "shop/db", "--on", "TCP/80"),
}
FORMATS: dict[str, list[str]] = {
    "verify": list(VERIFY_FORMATS),
    "compare": list(COMPARE_FORMATS),
    "lint": list(lint.LINT_FORMATS),
    "connections": list(connections.FORMATS),
    "explain": list(explain.FORMATS),
}
PAIRS = [(command, form) for command in COMMANDS for form in FORMATS[command]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with manifests of which one is wrong."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "pods.yaml").write_text(PODS)
    (tmp_path / "k8s" / "policy.yaml").write_text(WRONG)
    return tmp_path


def checked_error(text: str) -> dict[str, Any]:
    """The error of a JSON report, which must fit the schema."""
    data = json.loads(text)
    jsonschema.Draft202012Validator(schema(ERROR)).validate(data)
    found: dict[str, Any] = data["error"]
    return found


def check(form: str, text: str, part: str) -> None:
    """The text is a report of the format, and tells an error with `part` in its message."""
    match form:
        case "json" | "yaml":
            data = json.dumps(yaml.safe_load(text)) if form == "yaml" else text
            assert any(part in one["message"] for one in checked_error(data)["problems"])
        case "sarif" | "code-scanning":
            run = run_of(text)
            assert run["invocations"][0]["executionSuccessful"] is False
            (rule,) = {one["ruleId"] for one in run["results"]}
            assert rule == "netproof/nothing-decided"
            assert any(part in one["message"]["text"] for one in run["results"])
        case "junit":
            errors = suite_of(text).findall("testcase/error")
            assert any(part in one.attrib["message"] for one in errors)
        case "github":
            levels = {level for level, _, message in commands(text) if part in message}
            assert levels == {"error"}
        case "markdown":
            page = Page(text)
            assert text.startswith("### netproof: nothing was decided (exit code ")
            assert any(part in one for one in page.shown)
        case _:
            assert part in text


@pytest.mark.parametrize(("command", "form"), PAIRS)
def test_a_wrong_input(command: str, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = Path("report")
    file.write_text(OLD)
    assert main([command, *COMMANDS[command], "--output", f"{form}=report"]) == INPUT_ERROR
    assert "unknown field `spec.podSelecter`" in capsys.readouterr().err
    if form in TABLES:
        assert not file.exists()
    else:
        check(form, file.read_text(), "unknown field `spec.podSelecter`")


@pytest.mark.parametrize("form", [one for one in VERIFY_FORMATS if one not in {"text", *TABLES}])
def test_standard_output_tells_it_too(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "k8s", *CLAIM, "--output", form]) == INPUT_ERROR
    printed = capsys.readouterr()
    check(form, printed.out, "unknown field `spec.podSelecter`")
    assert "1 error; nothing was decided" in printed.err


def test_an_annotation_stands_at_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    main(["verify", "k8s", *CLAIM, "--output=github"])
    error, notice = commands(capsys.readouterr().out)
    assert (error[1]["file"], error[1]["line"]) == ("k8s/policy.yaml", "7")
    assert notice[:2] == ("notice", {"title": "netproof"})


WRONG_LINES = [
    (["verify", "k8s", "--clam", "x"], "--clam"),
    (["verify", "k8s"], "nothing to verify"),
    (["verify"], "Missing argument"),
    (["compare", "k8s"], "Missing argument"),
    (["verify", "k8s", *CLAIM, "--assume", "x"], "no assumption"),
    (["verify", "k8s", *CLAIM, "--output", "nothing"], "is no output"),
    (["nothing", "k8s"], "No such command"),
    (["verify", "nowhere", *CLAIM], "no such file or folder"),
]


@pytest.mark.parametrize(("arguments", "part"), WRONG_LINES)
@pytest.mark.parametrize("at", ["--output=json=report", "--output json=report"])
def test_a_wrong_command_line(arguments: list[str], part: str, at: str) -> None:
    Path("report").write_text(OLD)
    assert main([*arguments, *at.split()]) == INPUT_ERROR
    check("json", Path("report").read_text(), part)


def test_what_is_no_output_is_left_alone() -> None:
    Path("report").write_text(OLD)
    assert main(["verify", "--output", "nothing=report", "k8s", *CLAIM]) == INPUT_ERROR
    assert main(["verify", *CLAIM, "--", "k8s", "--output=json=report"]) == INPUT_ERROR
    assert Path("report").read_text() == OLD


@pytest.mark.parametrize(
    ("raised", "code", "cause", "message"),
    [
        (KeyboardInterrupt(), INTERRUPTED, "interrupted", "interrupted"),
        (RuntimeError("oops"), INTERNAL_ERROR, "internal", "internal error: RuntimeError: oops"),
    ],
)
def test_a_run_that_is_cut_short(
    raised: BaseException, code: int, cause: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> Answers:
        raise raised

    Path("k8s/policy.yaml").write_text(POLICY)
    monkeypatch.setattr("netproof.pipeline.answers_for", cut)
    Path("report").write_text(OLD)
    outputs = ("--output", "json", "--output", "json=report")
    assert main(["verify", "k8s", *CLAIM, *outputs]) == code
    found = checked_error(Path("report").read_text())
    assert (found["cause"], found["exitCode"]) == (cause, code)
    assert found["problems"][0]["message"] == message


def test_nothing_is_added_to_a_report_that_is_cut_short(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut(*_: object) -> Answers:
        raise KeyboardInterrupt

    Path("k8s/policy.yaml").write_text(POLICY)
    monkeypatch.setattr("netproof.pipeline.answers_for", cut)
    assert main(["verify", "k8s", *CLAIM, "--output", "json"]) == INTERRUPTED
    assert capsys.readouterr().out == ""


def test_a_file_that_cannot_be_written_leaves_no_other_current(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("k8s/policy.yaml").write_text(POLICY)
    Path("report").write_text(OLD)
    files = ("--output", "json=report", "--output", "json=no/folder/report", "--output", "json")
    assert main(["verify", "k8s", *CLAIM, *files]) == INPUT_ERROR
    check("json", Path("report").read_text(), "cannot write")
    check("json", capsys.readouterr().out, "cannot write")


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", FAILURE_FORMATS)
def test_hostile_messages(form: str, name: str) -> None:
    place = Location(f"{name}.yaml", 3, 4)
    problems = (Problem(place, name, name, excerpt=f"{name}\n  ^"), Problem(None, name))
    text = FAILURE_FORMATS[form](Failure("verify", Cause.INPUT, 2, problems))
    assert all(ch == "\n" or ch.isprintable() for ch in text)
    match form:
        case "json":
            assert checked_error(text)["problems"][0]["message"] == name
        case "sarif" | "code-scanning":
            assert len(run_of(text)["results"]) == 2
        case "junit":
            assert len(suite_of(text).findall("testcase/error")) == 2
            assert ElementTree.fromstring(text.encode()) is not None
        case "github":
            assert [command for command, _, _ in commands(text)] == ["error", "error", "notice"]
        case "markdown":
            assert set(Page(text).tags) <= TAGS


def test_the_signal_of_a_terminal_is_an_interrupt() -> None:
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
