"""The bytes of files, pipes and devices, never more of them than fit, and the text in them."""

from __future__ import annotations

import gzip
import io
import os
import select
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

MOST = 1 << 30
"""The bytes of the largest file that is read; its objects take many times as much memory."""

PATIENCE = 60.0
"""How many seconds a named pipe may be silent."""

_CHUNK = 1 << 20
_WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
GZIP = b"\x1f\x8b"


class UnreadableError(Exception):
    """The bytes cannot be read, or hold no text; `suggestion` says what to do instead."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion


def reason_of(error: Exception) -> str:
    """Why a file could not be read, without its name."""
    return getattr(error, "strerror", None) or str(error)


def file_bytes(name: str) -> bytes:
    """All bytes of a file, a pipe or a device; raises OSError, ValueError and UnreadableError."""
    about = Path(name).stat()
    if stat.S_ISREG(about.st_mode) and about.st_size > MOST:
        raise _too_large()
    if stat.S_ISFIFO(about.st_mode) and hasattr(os, "O_NONBLOCK"):
        return _joined(_piped(name))
    with Path(name).open("rb") as file:
        # A file comes in one piece, as a rule, so that nothing has to be joined.
        return stream_bytes(file, max(_CHUNK, about.st_size + 1))


def stream_bytes(stream: BinaryIO, piece: int = _CHUNK) -> bytes:
    """All bytes of an open stream, read in pieces; raises OSError, ValueError, UnreadableError."""
    return _joined(iter(lambda: stream.read(piece), b""))


def _joined(chunks: Iterator[bytes]) -> bytes:
    found: list[bytes] = []
    size = 0
    for chunk in chunks:
        if not found and chunk.find(b"\0", 0, _CHUNK) >= 0 and not chunk.startswith((GZIP, *_WIDE)):
            # A device such as /dev/zero has no end, and what it gives is no text anyway.
            raise _no_text()
        found.append(chunk)
        size += len(chunk)
        if size > MOST:
            raise _too_large()
    return b"".join(found)


def _piped(name: str) -> Iterator[bytes]:
    """What comes through a pipe, which may have no writer; nothing blocks for ever."""
    pipe = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
    try:
        while True:
            heard, _, _ = select.select([pipe], [], [], PATIENCE)
            if not heard:
                hint = "check that something writes to the pipe"
                raise UnreadableError(f"nothing came through the pipe for {PATIENCE:g} s", hint)
            chunk = os.read(pipe, _CHUNK)
            if not chunk:
                return
            yield chunk
    finally:
        os.close(pipe)


def plain(data: bytes) -> bytes:
    """The bytes of a file as UTF-8: unpacked where gzip packed them, UTF-16 written anew.

    Raises UnreadableError for what is not what its first bytes say.
    """
    if data.startswith(GZIP):
        return plain(_unpacked(data))
    wide = _WIDE.get(data[:2])
    if wide is None:
        return data
    try:
        return data.decode(wide).encode()
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise UnreadableError("the file is not the UTF-16 that its start says") from error


def _unpacked(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            found = file.read(MOST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableError("gzip cannot unpack the file", "make it again") from error
    if len(found) > MOST:
        raise _too_large()
    return found


def _no_text() -> UnreadableError:
    return UnreadableError("the file is not text", "give YAML or JSON in UTF-8")


def _too_large() -> UnreadableError:
    hint = "give it in parts, or only the kinds that matter"
    return UnreadableError(f"it is larger than {MOST >> 20} MiB, and is not read", hint)
