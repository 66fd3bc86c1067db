"""
The keys that keep content unreadable to whoever only has the database or the objects.

One key-encryption key, in a file that only its owner reads, wraps one data key per call; the data
key seals the call's saved state and audio.  Deleting a data key deletes that content for good;
changing the key-encryption key only wraps the data keys anew.  Everything is AES-256-GCM with a
random nonce in front and, as associated data, what the bytes are and whose: a sealed value that is
altered, cut or put in another's place does not open.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from qm.errors import ConfigError, QmError

KEY_BYTES = 32  # AES-256
NONCE_BYTES = 12  # what GCM takes unhashed; random ones serve 2**32 seals of a key (SP 800-38D)
OVERHEAD_BYTES = NONCE_BYTES + 16  # and the tag: what a sealed value is longer than its content


class SealBroken(QmError):
    """Sealed bytes were altered, belong elsewhere, or were sealed under another key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """The key-encryption keys: the current one, and older ones that open what they wrapped."""

    current: str  #: id of the key that wraps from now on
    keys: Mapping[str, bytes] = field(repr=False)  #: id -> 32 bytes


def seal(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """
    Return nonce + ciphertext + tag of ``plaintext``.

    Args:
        key: 32 bytes.
        plaintext: the content.
        aad: what the value is and whose; must be the same to open it.
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, aad)


def open_sealed(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """
    Return the plaintext of :func:`seal`.

    Raises:
        SealBroken: another key, other associated data, or altered bytes.

    >>> key = bytes(32)
    >>> open_sealed(key, seal(key, b"words", b"call 1"), b"call 1")
    b'words'
    """
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
    except (InvalidTag, ValueError):
        raise SealBroken("sealed bytes do not open") from None


def new_key() -> bytes:
    """Return a fresh data key."""
    return secrets.token_bytes(KEY_BYTES)


def wrap(vault: Vault, key: bytes, purpose: str) -> bytes:
    """
    Return ``key`` (or another short secret) sealed under the current key-encryption key.

    The key's id stands in front, so that :func:`unwrap` finds it after a rotation.
    """
    name = vault.current.encode()
    return name + b":" + seal(vault.keys[vault.current], key, name + b":" + purpose.encode())


def unwrap(vault: Vault, wrapped: bytes, purpose: str) -> bytes:
    """
    Return what :func:`wrap` was given.

    Raises:
        SealBroken: the key is not in the vault any more, or the bytes are altered or another's.
    """
    name, _, sealed = wrapped.partition(b":")
    key = vault.keys.get(name.decode("ascii", "replace"))
    if key is None:
        raise SealBroken("wrapped under a key that the vault does not hold")
    return open_sealed(key, sealed, name + b":" + purpose.encode())


def wrapping_key(wrapped: bytes) -> str:
    """Return the id of the key that wrapped it."""
    return wrapped.partition(b":")[0].decode("ascii", "replace")


def open_vault(path: Path, *, create: bool = False) -> Vault:
    """
    Read the key file: a line per key, ``<id> <base64>``, the current one first.

    Args:
        path: the file.
        create: make it, with one new key, where it is missing.  For a demo: elsewhere a missing
            file is a mistake that would make all that is stored unreadable.

    Raises:
        ConfigError: missing, readable by others than its owner, or damaged.  Never shows a key.
    """
    if create and not path.exists():
        _publish(path, _line(_new_id(()), new_key()), replace=False)
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as wrong:
        raise ConfigError(f"key file cannot be read: {type(wrong).__name__}") from None
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError("key file must be readable by its owner only (chmod 600)")
    keys: dict[str, bytes] = {}
    for line in text.splitlines():
        name, _, encoded = line.partition(" ")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if len(key) != KEY_BYTES or not name.replace("-", "").isalnum() or name in keys:
            raise ConfigError("key file is damaged")
        keys[name] = key
    if not keys:
        raise ConfigError("key file is empty")
    return Vault(current=next(iter(keys)), keys=keys)


def add_key(path: Path) -> Vault:
    """
    Put a new current key before the others; ``store.keys.rewrap`` then moves the data keys to it.

    Raises:
        ConfigError: as :func:`open_vault`.
    """
    vault = open_vault(path)
    lines = _line(_new_id(vault.keys), new_key())
    _publish(path, lines + "".join(_line(*item) for item in vault.keys.items()), replace=True)
    return open_vault(path)


def retire_key(path: Path, key_id: str) -> Vault:
    """
    Remove an old key from the file.  What it still wraps is lost: see ``store.keys.wrapped_by``.

    Raises:
        ConfigError: it is the current key, or as :func:`open_vault`.
    """
    vault = open_vault(path)
    if key_id == vault.current:
        raise ConfigError("the current key cannot be retired: add another first")
    kept = [_line(*item) for item in vault.keys.items() if item[0] != key_id]
    _publish(path, "".join(kept), replace=True)
    return open_vault(path)


def _line(name: str, key: bytes) -> str:
    return f"{name} {base64.b64encode(key).decode()}\n"


def _new_id(taken: Mapping[str, bytes] | tuple[()]) -> str:
    while (name := f"k{secrets.token_hex(4)}") in taken:
        pass
    return name


def _publish(path: Path, text: str, *, replace: bool) -> None:
    """Write the whole file or nothing; without ``replace`` the first of two writers wins."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(path)
        else:
            with suppress(FileExistsError):  # made by another process a moment ago: its key holds
                path.hardlink_to(draft)
            draft.unlink()
    except OSError as wrong:
        raise ConfigError(f"key file cannot be written: {wrong.strerror}") from None
