"""What a shell offers at the tab key: words of options, and files where files belong."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from click import Context, Parameter
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ZshComplete,
    add_completion_class,
)
from click.shell_completion import split_arg_string as split

PROTOCOLS = ("TCP/", "UDP/", "SCTP/")

VALUE = "value"
"""The type of an item whose files stand behind the first `=`."""

Complete = Callable[[Context, Parameter, str], list[CompletionItem[Any]]]


def files(_ctx: Context, _param: Parameter, incomplete: str) -> list[CompletionItem[Any]]:
    """Whatever files the shell itself would offer."""
    return [CompletionItem(incomplete, type="file")]


def words(offered: Sequence[str]) -> Complete:
    """Those of the words that begin as the user began."""

    def complete(_ctx: Context, _param: Parameter, begun: str) -> list[CompletionItem[Any]]:
        return [CompletionItem(one) for one in offered if one.startswith(begun)]

    return complete


def either(offered: Sequence[str], other: Complete) -> Complete:
    """The words that begin as the user began, and what `other` offers besides."""

    def complete(ctx: Context, param: Parameter, begun: str) -> list[CompletionItem[Any]]:
        found = words(offered)(ctx, param, begun) if begun else []
        return [*found, *other(ctx, param, begun)]

    return complete


def outputs(formats: Sequence[str]) -> Complete:
    """The formats, then a file after `FORMAT=`."""

    def complete(ctx: Context, param: Parameter, begun: str) -> list[CompletionItem[Any]]:
        if "=" in begun:
            return [CompletionItem(begun, type=VALUE)]
        return words(formats)(ctx, param, begun)

    return complete


def listed(offered: Sequence[str]) -> Complete:
    """The words, several of which stand after each other with commas between them."""

    def complete(_ctx: Context, _param: Parameter, begun: str) -> list[CompletionItem[Any]]:
        before, comma, last = begun.rpartition(",")
        taken = before.split(",")
        return [
            CompletionItem(f"{before}{comma}{one}")
            for one in offered
            if one.startswith(last) and one not in taken
        ]

    return complete


class BashByLine(BashComplete):
    """Completion for bash that splits the line itself: bash also splits at `=` and `:`.

    A class because click asks for one. Bash puts what is offered in place of the last of its own
    pieces, so what stands before that piece is taken off.
    """

    source_template = BashComplete.source_template.replace(
        'COMP_WORDS="${COMP_WORDS[*]}"', 'COMP_LINE="${COMP_LINE:0:COMP_POINT}"'
    )

    def get_completion_args(self) -> tuple[list[str], str]:
        """The whole words of the line, and the one at which it ends."""
        line = os.environ["COMP_LINE"]
        found = split(line)[1:]
        return (found, "") if line[-1:].isspace() or not found else (found[:-1], found[-1])

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """The item as the script reads it."""
        _, begun = self.get_completion_args()
        start = max(begun.rfind("="), begun.rfind(":")) + 1
        whole = item.type == "plain" and item.value.startswith(begun[:start])
        kind = "file" if item.type == VALUE else item.type
        return f"{kind},{item.value[start:] if whole else item.value}"


class ZshByValue(ZshComplete):
    """Completion for zsh that offers files behind `=` as well; click asks for a class."""

    source_template = ZshComplete.source_template.replace(
        """            _path_files -f
""",
        """            _path_files -f
        elif [[ "$type" == "value" ]]; then
            compset -P 1 '*='
            _path_files -f
""",
    )


class FishByValue(FishComplete):
    """The same for fish, which splits at every comma, and wants whole words."""

    source_template = FishComplete.source_template.replace(
        'string split ","', 'string split -m 1 ","'
    ).replace(
        """        else if test $metadata[1] = "plain";
""",
        """        else if test $metadata[1] = "value";
            set -l parts (string split -m 1 "=" -- $metadata[2]);
            printf "$parts[1]=%%s\\n" (__fish_complete_path $parts[2]);
        else if test $metadata[1] = "plain";
""",
    )


def use_own_shells() -> None:
    """Lets click complete in these ways."""
    for shell in (BashByLine, ZshByValue, FishByValue):
        add_completion_class(shell)
