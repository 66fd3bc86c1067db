"""
Sealed objects of calls: audio in files, in memory, or in an object store.

Two shapes.  *Chunks* are what a live call appends: each a sealed object of its own, on disk when
the call returns, so that a checkpoint may pass it.  A *whole* object is sealed in frames, so that a
stretch of it can be read without the rest.  Every piece is bound to its call, kind, name and place:
one that is altered, cut off, moved or taken from another object does not open.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from qm.errors import ConfigError, StoreError
from qm.io.vault import OVERHEAD_BYTES, SealBroken, open_sealed, seal

FRAME_BYTES = 65_536  # half a second of FLAC: little to decrypt for a seek, overhead .04 %

_MAGIC = b"QMO1"
_HEADER = struct.Struct(">4s16sQ")  # what it is, an id of this very object, size of the content
_SEALED_FRAME = FRAME_BYTES + OVERHEAD_BYTES
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class BlobMissing(StoreError):
    """There is no such object."""

    retriable = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Blobs:
    """Where objects lie."""

    store: ObjectStore = field(repr=False)
    root: Path | None  #: of files on this machine; None elsewhere

    def of_call(self, call_id: str, key: bytes) -> CallBlobs:
        """Return the objects of one call, under its data key (32 bytes)."""
        return CallBlobs(blobs=self, call_id=_checked(call_id), key=key)

    def delete_call(self, call_id: str) -> int:
        """Delete all objects of a call, without its key, and return how many there were."""
        with _plain_errors():
            paths = _paths(self, f"{_folder(_checked(call_id))}/")
            _delete(self, paths)
        return len(paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBlobs:
    """
    The objects of one call.

    Every method raises ``StoreError`` when the store fails, ``SealBroken`` when bytes do not open,
    and ``ValueError`` for a kind or name that is not made of letters, digits, ``-`` and ``_``.
    """

    blobs: Blobs
    call_id: str
    key: bytes = field(repr=False)

    def append_chunk(self, kind: str, name: str, data: bytes) -> None:
        """Write one chunk; it is durable on return.  The same name again replaces it."""
        sealed = seal(self.key, data, self._bound(kind, "chunk", _checked(name)))
        with _plain_errors():
            _put(self.blobs, f"{self._chunks(kind)}/{name}", sealed)

    def read_chunks(self, kind: str) -> Iterator[tuple[str, bytes]]:
        """Yield names and content of all chunks, by name."""
        with _plain_errors():
            paths = _paths(self.blobs, f"{self._chunks(kind)}/")
        for path in paths:
            name = path.rsplit("/", 1)[1]
            with _plain_errors():
                sealed = bytes(obstore.get(self.blobs.store, path).bytes())
            yield name, open_sealed(self.key, sealed, self._bound(kind, "chunk", name))

    def put(self, kind: str, data: bytes) -> str:
        """Write a whole object in place of any before and return its path."""
        path, object_id = self._whole(kind), secrets.token_bytes(16)
        parts = [_HEADER.pack(_MAGIC, object_id, len(data))]
        for number, start in enumerate(range(0, max(len(data), 1), FRAME_BYTES)):
            aad = self._bound(kind, object_id.hex(), f"{number} of {len(data)}")
            parts.append(seal(self.key, data[start : start + FRAME_BYTES], aad))
        with _plain_errors():
            _put(self.blobs, path, b"".join(parts))
        return path

    def size(self, kind: str) -> int:
        """
        Return the length of a whole object's content in bytes.

        Raises:
            BlobMissing: there is none.
        """
        return self._header(kind)[1]

    def get(self, kind: str) -> bytes:
        """
        Return the content of a whole object.

        Raises:
            BlobMissing: there is none.
        """
        return self.get_range(kind, 0, self.size(kind))

    def get_range(self, kind: str, start: int, end: int) -> bytes:
        """
        Return the bytes ``[start, end)`` of a whole object's content, fewer past its end.

        Raises:
            BlobMissing: there is none.
        """
        object_id, size = self._header(kind)
        end = min(end, size)
        if not 0 <= start < end:
            return b""
        first, last = start // FRAME_BYTES, (end - 1) // FRAME_BYTES
        with _plain_errors():
            sealed = bytes(
                obstore.get_range(
                    self.blobs.store,
                    self._whole(kind),
                    start=_HEADER.size + first * _SEALED_FRAME,
                    length=(last - first + 1) * _SEALED_FRAME,
                )
            )
        frames = [
            open_sealed(
                self.key,
                sealed[i * _SEALED_FRAME : (i + 1) * _SEALED_FRAME],
                self._bound(kind, object_id.hex(), f"{first + i} of {size}"),
            )
            for i in range(last - first + 1)
        ]
        return b"".join(frames)[start - first * FRAME_BYTES : end - first * FRAME_BYTES]

    def delete(self, kind: str) -> None:
        """Delete the chunks and the whole object of a kind, where there are any."""
        with _plain_errors():
            paths = _paths(self.blobs, f"{self._chunks(kind)}/")
            _delete(self.blobs, [*paths, self._whole(kind)])

    def _header(self, kind: str) -> tuple[bytes, int]:
        with _plain_errors():
            head = bytes(
                obstore.get_range(self.blobs.store, self._whole(kind), start=0, length=_HEADER.size)
            )
        if len(head) != _HEADER.size or not head.startswith(_MAGIC):
            raise SealBroken("an object is damaged")
        _, object_id, size = _HEADER.unpack(head)
        return object_id, size

    def _whole(self, kind: str) -> str:
        return f"{_folder(self.call_id)}/{_checked(kind)}"

    def _chunks(self, kind: str) -> str:
        return f"{_folder(self.call_id)}/{_checked(kind)}.chunks"

    def _bound(self, kind: str, *rest: str) -> bytes:
        return "\0".join(("qm object", self.call_id, kind, *rest)).encode()


def open_blobs(url: str) -> Blobs:
    """
    Open the object store at ``url``; credentials come from where its provider keeps them.

    Args:
        url: ``file:///FOLDER``, ``memory:///``, ``s3://bucket/prefix`` and what else obstore takes.

    Raises:
        ConfigError: it cannot be opened.
    """
    parts = urlsplit(url)
    try:
        if parts.scheme != "file":
            return Blobs(store=from_url(url), root=None)
        root = Path(unquote(parts.path))
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Blobs(store=LocalStore(root), root=root)
    except (BaseError, OSError, ValueError) as wrong:
        raise ConfigError(f"objects_url cannot be opened: {type(wrong).__name__}") from None


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("object names are letters, digits, - and _")
    return name


def _folder(call_id: str) -> str:
    """Spread calls over 256 folders: a file system is slow with a million entries in one."""
    return f"{hashlib.sha256(call_id.encode()).hexdigest()[:2]}/{call_id}"


def _put(blobs: Blobs, path: str, data: bytes) -> None:
    obstore.put(blobs.store, path, data)
    if blobs.root is not None:  # a rename is in the cache only; a power cut must not lose the audio
        for target in (blobs.root / path, (blobs.root / path).parent):
            descriptor = os.open(target, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _paths(blobs: Blobs, prefix: str) -> list[str]:
    return sorted(
        entry["path"]
        for batch in obstore.list(blobs.store, prefix)
        for entry in batch
        if entry["path"].startswith(prefix)  # some stores list whole path segments only
    )


def _delete(blobs: Blobs, paths: list[str]) -> None:
    for path in paths:
        try:
            obstore.delete(blobs.store, path)
        except FileNotFoundError:
            continue  # gone already: deleting twice is not a failure


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Replace the store's errors, which name addresses and files, by their class."""
    try:
        yield
    except FileNotFoundError:
        raise BlobMissing("no such object") from None
    except (BaseError, OSError) as wrong:
        raise StoreError(f"objects: {type(wrong).__name__}") from None
