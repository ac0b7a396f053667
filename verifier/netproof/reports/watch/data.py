"""What a change turns, as one line of JSON (docs/watch.md, schemas/watch.schema.json)."""

from __future__ import annotations

import json

from netproof.reports.data import Data, head_data, note_data, problem_data
from netproof.reports.serial import without_orders
from netproof.reports.verify.data import summary_data, verdict_data
from netproof.reports.without import verdict_text
from netproof.verified import Report
from netproof.workspace.watching import News, Turned


def news_line(news: News) -> str:
    """The line, which has every claim that is new or turned."""
    return without_orders(json.dumps(news_data(news), sort_keys=True, ensure_ascii=True)) + "\n"


def news_data(news: News) -> Data:
    """What came of a change; at first everything is new."""
    report = news.report
    return {
        **head_data("watch"),
        "changed": list(news.changed),
        "removed": list(news.removed),
        "turned": [] if report is None else [_turned_data(one, report) for one in news.turned],
        "dropped": [{"id": one.id, "claim": one.text} for one in news.dropped],
        "errors": [problem_data(one) for one in news.problems],
        "stale": list(news.stale),
        "notes": [] if report is None else [note_data(one, report.loaded) for one in news.notes],
        "summary": None if report is None else summary_data(report),
    }


def _turned_data(one: Turned, report: Report) -> Data:
    before = None
    if one.before is not None:
        before = {
            "verdict": verdict_text(one.before.outcome.value, report.loaded),
            "standing": report.judging.standing(one.before).value,
        }
    return {"before": before, "now": verdict_data(one.verdict, report)}
