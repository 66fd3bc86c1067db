"""The data key of each call, wrapped by the vault.  Without its key a call cannot be read."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select, update

from qm.errors import StoreError
from qm.io import tables as t
from qm.io.store.tombstones import is_erased
from qm.io.store.upsert import insert_new
from qm.io.vault import Vault, new_key, unwrap, wrap, wrapping_key


class Erased(StoreError):
    """The call was erased: it gets no key, and nothing more is kept of it."""

    retriable = False


def call_key(conn: Connection, vault: Vault, call_id: str, now: int) -> bytes:
    """
    Return the data key of a call, made at the first request (within a write).

    Raises:
        SealBroken: the vault does not hold the key that wraps it.
        Erased: it may have none.
    """
    wrapped = wrap(vault, new_key(), _purpose(call_id))
    row = {"call_id": call_id, "key_id": vault.current, "wrapped": wrapped, "created_at": now}
    found = find_call_key(conn, vault, call_id)
    if found is None:
        if is_erased(conn, call_id):
            raise Erased("the call was erased")
        insert_new(
            conn, t.call_keys, [row]
        )  # another worker may have been first: read what is there
        found = find_call_key(conn, vault, call_id)
    if found is None:
        raise LookupError("a call's key went away while it was made")
    return found


def find_call_key(conn: Connection, vault: Vault, call_id: str) -> bytes | None:
    """
    Return the data key of a call; None where there is none (any more).

    Raises:
        SealBroken: the vault does not hold the key that wraps it.
    """
    query = select(t.call_keys.c.wrapped).where(t.call_keys.c.call_id == call_id)
    wrapped = conn.execute(query).scalar_one_or_none()
    return None if wrapped is None else unwrap(vault, wrapped, _purpose(call_id))


def delete_call_key(conn: Connection, call_id: str) -> bool:
    """Delete the data key of a call: its saved state and audio can never be read again."""
    condition = t.call_keys.c.call_id == call_id
    return conn.execute(delete(t.call_keys).where(condition)).rowcount == 1


def rewrap(conn: Connection, vault: Vault, limit: int = 1_000) -> int:
    """
    Wrap some of what older keys wrap under the current one; repeat until it returns 0.

    May be stopped at any time: what is done is done, and the rest still opens with the old key.

    Returns:
        How many keys and secrets were wrapped anew.
    """
    k = t.call_keys.c
    query = select(k.call_id, k.wrapped).where(k.key_id != vault.current).limit(limit)
    rows = conn.execute(query).all()
    for row in rows:
        key = unwrap(vault, row.wrapped, _purpose(row.call_id))
        values = {"key_id": vault.current, "wrapped": wrap(vault, key, _purpose(row.call_id))}
        conn.execute(update(t.call_keys).where(k.call_id == row.call_id).values(**values))
    return len(rows) + _rewrap_secrets(conn, vault)


def wrapped_by(conn: Connection, key_id: str) -> int:
    """Return how much a key-encryption key still wraps; 0 means that it can be retired."""
    query = select(func.count()).where(t.call_keys.c.key_id == key_id)
    secrets = conn.execute(select(t.users.c.totp).where(t.users.c.totp.is_not(None))).scalars()
    unread = conn.execute(select(t.typed.c.sealed).where(t.typed.c.sealed.is_not(None))).scalars()
    count: int = conn.execute(query).scalar_one()
    sealed = (*secrets, *unread)  # a note that waits is settled in a second and never wrapped anew
    return count + sum(wrapping_key(one) == key_id for one in sealed if one)


def _rewrap_secrets(conn: Connection, vault: Vault) -> int:
    u, done = t.users.c, 0
    for row in conn.execute(select(u.user_id, u.totp).where(u.totp.is_not(None))).all():
        if wrapping_key(row.totp) != vault.current:
            purpose = f"totp of {row.user_id}"
            secret = wrap(vault, unwrap(vault, row.totp, purpose), purpose)
            conn.execute(update(t.users).where(u.user_id == row.user_id).values(totp=secret))
            done += 1
    return done


def _purpose(call_id: str) -> str:
    return f"call {call_id}"
