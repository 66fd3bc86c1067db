"""
Telling another system of an alert: rule, severity and a link, never words.

Signed as the Standard Webhooks specification says (HMAC-SHA-256 over id, time and body), so that
its libraries can check it.  The address is resolved here and every address it resolves to is
checked before the connection is made to that very address: a name that points into the site's own
network is refused unless its network is allowed.  Redirects are refused, certificates verified.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from qm.errors import ConfigError

TIMEOUT_S = 5.0
SECRET_PREFIX = "whsec_"  # noqa: S105  marks a secret in base 64, as the specification has it

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Where deliveries go.  The address may hold a token: it is secret too."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    allowed: tuple[Network, ...] = ()  #: private networks that may be called
    ca_file: Path | None = None


class _Refused(Exception):
    """Why nothing was sent, as a code."""


def parse_receiver(
    url: str, secret: str, allowed: Sequence[str], ca_file: Path | None = None
) -> Receiver:
    """
    Check the settings of a receiver.

    Raises:
        ConfigError: no https address, no secret, or a network that is none.
    """
    parts = urlsplit(url)
    try:
        networks = tuple(ipaddress.ip_network(one) for one in allowed)
    except ValueError:
        raise ConfigError("webhook_networks: not a network, as in 10.1.0.0/16") from None
    loopback = any(network.is_loopback for network in networks)
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise ConfigError("webhook_url: https is needed, but to a loopback network that is allowed")
    if not parts.hostname or parts.username or parts.password:
        raise ConfigError("webhook_url: a host is needed, and no password in it")
    if not secret:
        raise ConfigError("webhook_secret: deliveries are signed, so it is needed")
    return Receiver(url=url, secret=secret, allowed=networks, ca_file=ca_file)


def signature(secret: str, delivery_id: str, at_s: int, body: bytes) -> str:
    """
    Return the value of the ``webhook-signature`` header.

    >>> secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    >>> signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = f"{delivery_id}.{at_s}.".encode() + body
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def deliver(receiver: Receiver, delivery_id: str, body: bytes, now: int) -> str:
    """
    Send one delivery.

    Args:
        receiver: where to.
        delivery_id: the same at each attempt, so that the receiver counts it once.
        body: JSON.
        now: UTC ms, part of what is signed.

    Returns:
        "" when the receiver took it, else a code: ``status_503``, ``redirect``, ``timeout``,
        ``address_refused``, ``unknown_host``, ``certificate``, ``network``.
    """
    at_s = now // 1000
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "qm",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": signature(receiver.secret, delivery_id, at_s, body),
    }
    parts = urlsplit(receiver.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection = _connected(receiver)
    except _Refused as refused:
        return str(refused)
    try:
        connection.request("POST", target, body, headers)
        status = connection.getresponse().status
    except TimeoutError:
        return "timeout"
    except (OSError, http.client.HTTPException):
        return "network"
    finally:
        connection.close()
    if 200 <= status < 300:
        return ""
    return "redirect" if 300 <= status < 400 else f"status_{status}"


def may_call(address: Address, allowed: Sequence[Network]) -> bool:
    """
    Return whether an address is one of the public network, or of a network that is allowed.

    >>> [may_call(ipaddress.ip_address(a), ()) for a in ("8.8.8.8", "10.0.0.1", "::1", "fe80::1")]
    [True, False, False, False]
    """
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:  # ::ffff:10.0.0.1 is 10.0.0.1
        return may_call(mapped, allowed)
    if any(address.version == network.version and address in network for network in allowed):
        return True
    return address.is_global and not address.is_multicast


def _key(secret: str) -> bytes:
    if not secret.startswith(SECRET_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ConfigError("webhook_secret: not base 64 after whsec_") from None


def _connected(receiver: Receiver) -> http.client.HTTPConnection:
    """Connect to an address that was checked, under the name that was asked for."""
    parts = urlsplit(receiver.url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _Refused("unknown_host") from None
    addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    if not addresses or not all(may_call(one, receiver.allowed) for one in addresses):
        raise _Refused("address_refused")
    if not secure and not addresses[0].is_loopback:
        raise _Refused("address_refused")
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    plain: socket.socket | None = None
    try:
        plain = socket.create_connection((str(addresses[0]), port), TIMEOUT_S)
        if secure:
            context = ssl.create_default_context(cafile=receiver.ca_file)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            plain = context.wrap_socket(plain, server_hostname=host)
    except TimeoutError:
        raise _Refused("timeout") from None
    except ssl.SSLError:
        if plain is not None:
            plain.close()
        raise _Refused("certificate") from None
    except OSError:
        raise _Refused("network") from None
    connection.sock = plain
    return connection
