"""Who may do what on an Apache Kafka with access lists: the least that everything works with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType
from kafka.admin import ACLResourcePatternType as Pattern

from qm.io.kafka.admin import administering
from qm.io.kafka.options import KafkaOptions
from qm.io.topics import Topic

WORKER = "qm worker"
REPLAY = "qm replay"

Doing = Literal["read", "write", "describe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """What one party may do with one topic, or with the groups whose names begin so."""

    party: str  #: as ``streams/topics.toml`` calls it
    kind: Literal["topic", "groups"]
    name: str
    doing: Doing  #: whoever may read or write may describe as well


def least_rights(
    topics: Iterable[Topic], group: str, readers_groups: str = "site-"
) -> tuple[Right, ...]:
    """
    Return the rights that the parties of ``topics.toml`` need, and no others.

    Args:
        topics: as described there.
        group: of the workers; their other groups begin with it.
        readers_groups: what the names of other readers' groups begin with.
    """
    found: list[Right] = []
    for topic in topics:
        for parties, doing in ((topic.read_by, "read"), (topic.written_by, "write")):
            for party in parties:
                right: Doing = "read" if doing == "read" else "write"
                found.append(Right(party=party, kind="topic", name=topic.name, doing=right))
    readers = dict.fromkeys(r.party for r in found if r.doing == "read")
    for party in readers:
        name = group if party == WORKER else readers_groups
        found.append(Right(party=party, kind="groups", name=name, doing="read"))
    # an import waits for the workers, and looks how far they are
    found.append(Right(party=REPLAY, kind="groups", name=group, doing="describe"))
    return tuple(found)


def give(admin: KafkaOptions, rights: Sequence[Right], users: Mapping[str, str]) -> int:
    """
    Give rights to users; what they have already stays.

    Args:
        admin: how to reach the broker as somebody who may give rights.
        rights: of parties; those of parties without a user are left out.
        users: the Kafka user of each party.

    Returns:
        How many were given.

    Raises:
        ConfigError: this user may not give rights, or is not let in.
        StreamError: the broker does not answer, or has no access lists.
    """
    lists = [_acl(right, users[right.party]) for right in rights if right.party in users]
    if lists:
        with administering(admin) as client:
            for error in client.create_acls(lists)["failed"]:
                raise error  # the same for all of them: no access lists, or no right to give any
    return len(lists)


def _acl(right: Right, user: str) -> ACL:
    topic = right.kind == "topic"
    pattern = ResourcePattern(
        ResourceType.TOPIC if topic else ResourceType.GROUP,
        right.name,
        Pattern.LITERAL if topic else Pattern.PREFIXED,
    )
    return ACL(
        principal=f"User:{user}",
        host="*",
        operation=ACLOperation[right.doing.upper()],
        permission_type=ACLPermissionType.ALLOW,
        resource_pattern=pattern,
    )
