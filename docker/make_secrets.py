"""
Writes the secrets of compose.yaml into a folder: keys, passwords, certificates.

What is there stays, so that it can be run again after one was deleted.  The certificate of the
pages is signed by an authority made here: put your own in its place (tls_cert, tls_key).
"""

from __future__ import annotations

import datetime
import os
import secrets
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from qm.io.vault import open_vault

USER = 10001  # who the images run as
DAYS = 825  # the longest that browsers accept of a private authority
PASSWORDS = ("postgres_password", "kafka_admin", "kafka_worker", "kafka_gateway", "customer_key")
PEM = serialization.Encoding.PEM


def main(folder: Path) -> None:
    """Write what is missing."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name in PASSWORDS:
        keep(folder / name, secrets.token_urlsafe(32).encode())
    password = (folder / "postgres_password").read_text()
    keep(folder / "database_url", f"postgresql://qm:{password}@postgres/qm".encode())
    if not all((folder / name).exists() for name in ("ca_pem", "kafka_pem", "tls_cert", "tls_key")):
        certificates(folder)
    kek = folder / "kek"
    if not kek.exists():
        open_vault(kek, create=True)
    kek.chmod(0o400)
    try:
        os.chown(kek, USER, USER)
    except PermissionError:
        sys.stderr.write(f"now run: sudo chown {USER}:{USER} {kek}\n")


def keep(path: Path, content: bytes) -> None:
    """Write a file that is not there; the folder around it is closed to others."""
    if not path.exists():
        path.write_bytes(content)
        path.chmod(0o444)


def certificates(folder: Path) -> None:
    """Make an authority, whose key is thrown away, and what it signs for Kafka and the pages."""
    for name in ("ca_pem", "kafka_pem", "tls_cert", "tls_key"):
        (folder / name).unlink(missing_ok=True)
    authority = ec.generate_private_key(ec.SECP256R1())
    keep(folder / "ca_pem", signed("qm", authority, authority, authority=True))
    kafka, pages = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    keep(folder / "kafka_pem", private(kafka) + signed("kafka", kafka, authority))
    keep(folder / "tls_key", private(pages))
    keep(folder / "tls_cert", signed("localhost", pages, authority))


def private(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a key as PKCS#8."""
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def signed(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    *,
    authority: bool = False,
) -> bytes:
    """Return a certificate for ``name``."""

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named("qm"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        also = [x509.DNSName(name), x509.DNSName("localhost")]
        builder = builder.add_extension(x509.SubjectAlternativeName(also), critical=False)
    return builder.sign(by, hashes.SHA256()).public_bytes(PEM)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "secrets"))
