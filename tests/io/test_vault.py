"""Keys are private to their file, sealed bytes open only as what they were sealed, keys rotate."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qm.errors import ConfigError
from qm.io.vault import (
    OVERHEAD_BYTES,
    SealBroken,
    Vault,
    add_key,
    new_key,
    open_sealed,
    open_vault,
    retire_key,
    seal,
    unwrap,
    wrap,
    wrapping_key,
)

KEY = bytes(range(32))
VAULT = Vault(current="k1", keys={"k1": KEY, "k0": bytes(32)})


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_what_is_sealed_opens_again(plaintext: bytes, aad: bytes) -> None:
    sealed = seal(KEY, plaintext, aad)
    assert len(sealed) == len(plaintext) + OVERHEAD_BYTES
    assert open_sealed(KEY, sealed, aad) == plaintext


@given(st.data())
def test_one_altered_byte_is_noticed(data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, b"some words", b"call c1"))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        open_sealed(KEY, bytes(sealed), b"call c1")


WRONG = {
    "another key": (bytes(32), b"call c1", None),
    "another call": (KEY, b"call c2", None),
    "cut short": (KEY, b"call c1", -1),
    "shorter than a nonce": (KEY, b"call c1", 5),
    "nothing": (KEY, b"call c1", 0),
}


@pytest.mark.parametrize(("key", "aad", "cut"), WRONG.values(), ids=WRONG.keys())
def test_what_does_not_belong_does_not_open(key: bytes, aad: bytes, cut: int | None) -> None:
    sealed = seal(KEY, b"some words", b"call c1")
    with pytest.raises(SealBroken) as caught:
        open_sealed(key, sealed[:cut], aad)
    assert "words" not in str(caught.value)


def test_the_same_content_never_looks_the_same() -> None:
    assert seal(KEY, b"yes", b"") != seal(KEY, b"yes", b"")


def test_a_wrapped_key_tells_who_wrapped_it_and_opens_for_its_purpose_only() -> None:
    wrapped = wrap(VAULT, b"data key", "call c1")
    assert wrapping_key(wrapped) == "k1"
    assert unwrap(VAULT, wrapped, "call c1") == b"data key"
    with pytest.raises(SealBroken):
        unwrap(VAULT, wrapped, "call c2")
    with pytest.raises(SealBroken, match="does not hold"):
        unwrap(Vault(current="k2", keys={"k2": KEY}), wrapped, "call c1")


def test_a_missing_file_is_made_only_where_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "new" / "kek"
    with pytest.raises(ConfigError, match="cannot be read"):
        open_vault(path)
    made = open_vault(path, create=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert open_vault(path, create=True) == made
    assert os.listdir(path.parent) == ["kek"]


def test_of_processes_that_make_it_at_once_all_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        vaults = list(pool.map(lambda _: open_vault(tmp_path / "kek", create=True), range(8)))
    assert len({vault.current for vault in vaults}) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o700 | 0o001])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "kek"
    open_vault(path, create=True)
    path.chmod(mode)
    with pytest.raises(ConfigError, match="owner only"):
        open_vault(path)


DAMAGED = {
    "empty": "",
    "no key": "k1\n",
    "not base64": "k1 ####\n",
    "too short": "k1 YWJj\n",
    "two of one id": "k1 {0}\nk1 {0}\n",
    "an odd id": "k:1 {0}\n",
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    encoded = "A" * 43 + "="
    path = tmp_path / "kek"
    path.write_text(text.format(encoded))
    path.chmod(0o600)
    with pytest.raises(ConfigError) as caught:
        open_vault(path)
    assert encoded not in str(caught.value)


def test_a_new_key_wraps_from_now_on_and_the_old_one_still_opens(tmp_path: Path) -> None:
    path = tmp_path / "kek"
    before = open_vault(path, create=True)
    old = wrap(before, b"data key", "x")
    after = add_key(path)
    assert after.current != before.current
    assert unwrap(after, old, "x") == b"data key"
    assert wrapping_key(wrap(after, b"", "x")) == after.current
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_old_key_can_be_retired_the_current_one_not(tmp_path: Path) -> None:
    path = tmp_path / "kek"
    first = open_vault(path, create=True)
    second = add_key(path)
    assert set(retire_key(path, first.current).keys) == {second.current}
    with pytest.raises(ConfigError, match="current"):
        retire_key(path, second.current)


def test_no_key_is_in_a_repr() -> None:
    vault = Vault(current="k1", keys={"k1": new_key()})
    assert repr(vault) == "Vault(current='k1')"
