"""
Brokers for tests: the same tests run on the embedded broker and on a real Apache Kafka.

Import the fixtures a test module needs:

* ``broker``: runs the test twice, once on each; every test finds it without topics.
* ``tansu``, ``apache_kafka``: one of the two.
* ``secured_kafka``: Apache Kafka with TLS, passwords (SCRAM) and access lists.

``broker.options`` connects, ``broker.topic(...)`` makes a topic of a new name.  A test names its
group after its topic: in a shared group, another test's killed member delays every join until it
is given up.  Apache Kafka needs
a JDK (17 or newer) and Maven, which fetches its jars once into ``~/.cache/qm``; where they are
missing its tests are skipped with the reason, but never when ``CI`` is set.  Each server starts
once in a test run, whichever modules import it.
"""

from __future__ import annotations

import atexit
import datetime
import functools
import ipaddress
import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from qm.errors import QmError
from qm.io.broker import EmbeddedBroker
from qm.io.kafka import KafkaOptions, check_connection, ensure_topics, give, least_rights
from qm.io.topics import Topic, load_topics

VERSION = "4.1.1"
JARS = Path("~/.cache/qm").expanduser() / f"kafka-{VERSION}"
POM = Path(__file__).parent / "kafka" / "pom.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """A running broker."""

    kind: str
    options: KafkaOptions

    def topic(self, name: str = "", partitions: int = 1) -> str:
        """Make a topic, of a new name unless one is given, and return its name."""
        name = name or f"test-{uuid.uuid4().hex[:12]}"
        ensure_topics(self.options, [described(name)], partitions=partitions)
        return name


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuredBroker:
    """
    An Apache Kafka that asks who you are, with the topics of the service.

    Users: admin, and with the least rights worker, gateway (of calls and messages), reader (of
    results), and stranger, who has none.
    """

    admin: KafkaOptions

    def options(self, user: str, password: str | None = None) -> KafkaOptions:
        """Return the options of a user, with the right password unless another is given."""
        return replace(self.admin, username=user, password=password or PASSWORDS[user])


PASSWORDS = {
    name: f"made-up-{number}"
    for number, name in enumerate(("admin", "worker", "stranger", "gateway", "reader"))
}
PARTIES = {
    "qm worker": "worker",
    "telephony gateways": "gateway",
    "message gateways": "gateway",
    "the site's own consumers": "reader",
    "whoever is on call": "reader",
}
TOPICS = load_topics(Path(__file__).parents[1] / "streams" / "topics.toml")
"""Those of the service; and ``qm.secured``, which the worker may read and write."""


def described(name: str) -> Topic:
    """Return the description of a topic that only tests use."""
    return Topic(
        name=name,
        key="call_id",
        phi="no",
        partitions=1,
        retention_hours=1,
        largest_bytes=1_048_576,
        written_by=(),
        read_by=(),
        records=(),
    )


# --------------------------------------------------------------------------------- fixtures


@pytest.fixture
def tansu() -> Iterator[Broker]:
    """Give an embedded broker of the test's own: it starts in 0.02 s."""
    with EmbeddedBroker() as embedded:
        # half of this is what every join takes; the product's 3 s would double the tests' time
        yield Broker(kind="tansu", options=replace(embedded.options(), session_timeout_ms=1500))


@pytest.fixture
def apache_kafka() -> Iterator[Broker]:
    """Give the Apache Kafka of this test run, without topics."""
    broker = Broker(kind="kafka", options=plain_kafka())
    yield broker
    _delete_topics(broker.options)


@pytest.fixture(params=["tansu", pytest.param("kafka", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Run the test on the embedded broker and on Apache Kafka."""
    name = {"tansu": "tansu", "kafka": "apache_kafka"}[request.param]
    given: Broker = request.getfixturevalue(name)
    return given


@pytest.fixture
def secured_kafka() -> Iterator[SecuredBroker]:
    """Give the Apache Kafka with TLS, passwords and access lists of this test run."""
    broker = tls_kafka()
    ensure_topics(broker.admin, TOPICS, partitions=4)
    yield broker
    _delete_topics(broker.admin)


# ----------------------------------------------------------------------------- Apache Kafka


@functools.cache
def plain_kafka() -> KafkaOptions:
    """Start Apache Kafka with a plain listener."""
    port, controller = _free_ports()
    _start_kafka("PLAINTEXT", port, controller, "")
    options = KafkaOptions(bootstrap_servers=f"127.0.0.1:{port}", session_timeout_ms=3000)
    _wait_until_it_answers(options)
    return options


@functools.cache
def tls_kafka() -> SecuredBroker:
    """Start Apache Kafka with TLS and SCRAM, and give the worker its rights."""
    port, controller = _free_ports()
    folder = Path(tempfile.mkdtemp(prefix="qm-tls-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _make_certificates(folder)
    mechanism = "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config"
    login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    more = f"""
ssl.keystore.type=PEM
ssl.keystore.location={folder / "server.pem"}
ssl.truststore.type=PEM
ssl.truststore.location={folder / "ca.pem"}
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
{mechanism}={login.replace(";", "")} username="admin" password="{PASSWORDS["admin"]}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin;User:ANONYMOUS
"""
    scram = [f"SCRAM-SHA-512=[name={name},password={word}]" for name, word in PASSWORDS.items()]
    _start_kafka("SASL_SSL", port, controller, more, scram)
    admin = KafkaOptions(
        bootstrap_servers=f"127.0.0.1:{port}",
        security_protocol="SASL_SSL",
        sasl_mechanism="SCRAM-SHA-512",
        username="admin",
        password=PASSWORDS["admin"],
        ca_file=folder / "ca.pem",
        session_timeout_ms=3000,
        connect_timeout_ms=15_000,
    )
    _wait_until_it_answers(admin)
    _give_rights(admin)
    return SecuredBroker(admin=admin)


def _start_kafka(
    protocol: str, port: int, controller: int, more: str, scram: list[str] | None = None
) -> None:
    """Format a folder and start the server on it; both end with this process."""
    jars = _jars()
    folder = Path(tempfile.mkdtemp(prefix="qm-kafka-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    listen = f"{protocol}://127.0.0.1:{port}"
    (folder / "server.properties").write_text(
        f"""
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners={listen},CONTROLLER://127.0.0.1:{controller}
advertised.listeners={listen},CONTROLLER://127.0.0.1:{controller}
inter.broker.listener.name={protocol}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,{protocol}:{protocol}
log.dirs={folder / "data"}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
{more}"""
    )
    (folder / "log4j2.properties").write_text("rootLogger.level = off\n")
    java = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", f"{jars}/*"]
    java.append(f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}")
    properties = ["-c", str(folder / "server.properties")]
    storage = [*java, "kafka.tools.StorageTool"]
    cluster = subprocess.run(
        [*storage, "random-uuid"], check=True, capture_output=True, text=True
    ).stdout.split()[-1]
    users = [argument for user in scram or [] for argument in ("--add-scram", user)]
    subprocess.run(
        [*storage, "format", "--standalone", "-t", cluster, *properties, *users],
        check=True,
        capture_output=True,
    )
    with (folder / "out").open("wb") as out:
        server = subprocess.Popen([*java, "kafka.Kafka", *properties[1:]], stdout=out, stderr=out)
    atexit.register(_stop, server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.kill()  # nobody needs its data
    server.wait()


def _jars() -> Path:
    """Return the folder of Kafka's jars, filled by Maven the first time."""
    if JARS.is_dir():
        return JARS
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            _unavailable(f"Apache Kafka needs {program}, which is not installed")
    JARS.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=JARS.parent))
    fetch = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
    done = subprocess.run(
        [*fetch, "-DincludeScope=runtime", f"-DoutputDirectory={fresh}"],
        capture_output=True,
        timeout=300,
    )
    if done.returncode:
        shutil.rmtree(fresh)
        _unavailable("Maven cannot fetch Apache Kafka")
    try:
        fresh.rename(JARS)
    except OSError:  # another test run was faster
        shutil.rmtree(fresh)
    return JARS


def _unavailable(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _wait_until_it_answers(options: KafkaOptions) -> None:
    deadline = time.monotonic() + 90
    while True:
        try:
            check_connection(replace(options, connect_timeout_ms=2000))
            _make_offsets_topic(options)
        except (QmError, KafkaError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def _make_offsets_topic(options: KafkaOptions) -> None:
    """Ask for a group, so that the first test need not wait until groups can be had."""
    admin = KafkaAdminClient(**options.connection())
    try:
        admin.list_group_offsets({"nobody": None})
    finally:
        admin.close()


def _delete_topics(options: KafkaOptions) -> None:
    admin = KafkaAdminClient(**options.connection())
    try:
        ours = [name for name in admin.list_topics() if not name.startswith("__")]
        if ours:
            admin.delete_topics(ours)
    finally:
        admin.close()


def _give_rights(admin: KafkaOptions) -> None:
    both = replace(described("qm.secured"), read_by=("qm worker",), written_by=("qm worker",))
    give(admin, least_rights([*TOPICS, both], "qm-worker"), PARTIES)


def _make_certificates(folder: Path) -> None:
    """Write ``ca.pem`` and ``server.pem`` (key and certificate for the loopback address)."""
    ca_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test authority")])
    server_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)

    def certificate(name: x509.Name, key: ec.EllipticCurvePrivateKey, ca: bool) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(ca_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=5))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            addresses = [
                x509.DNSName("localhost"),
                x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
            ]
            builder = builder.add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        return builder.sign(ca_key, hashes.SHA256())

    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(certificate(ca_name, ca_key, ca=True).public_bytes(pem))
    key_bytes = server_key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    server = certificate(server_name, server_key, ca=False)
    (folder / "server.pem").write_bytes(key_bytes + server.public_bytes(pem))


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]
