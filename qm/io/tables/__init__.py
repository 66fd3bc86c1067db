"""
All tables.  Queries are in ``store/``, one module a resource; changes go through ``migrations/``.

Instants (``*_at``) are integer UTC milliseconds, call times (``*_ms``) integer milliseconds from
the call's first sample.  Values with structure are JSON text of the types of the same name (see
``store/documents.py``); what is filtered or sorted by has a column of its own.  Text is redacted.
Not declared here but made by the first migration, because it differs by database: the full-text
index over ``turns.text`` (an FTS5 table ``turns_text`` with triggers, or a GIN index of that name).
"""

from qm.io.tables.calls import (
    alerts,
    audio_objects,
    call_keys,
    calls,
    deliveries,
    events,
    facts,
    label_hits,
    labels,
    outcomes,
    scorecards,
    turns,
)
from qm.io.tables.coaching import (
    acknowledgements,
    clips,
    consents,
    playlist_clips,
    playlists,
    share_hearings,
    shares,
)
from qm.io.tables.columns import metadata
from qm.io.tables.jobs import job_runs
from qm.io.tables.measures import call_figures, contact_changes, contacts, legs
from qm.io.tables.people import (
    agents,
    audit,
    audit_head,
    login_failures,
    queues,
    rule_states,
    sessions,
    team_members,
    teams,
    user_roles,
    users,
)
from qm.io.tables.privacy import (
    decisions,
    erasures,
    group_members,
    holds,
    restricted_customers,
    tombstones,
)
from qm.io.tables.review import (
    evaluation_answers,
    evaluations,
    flag_states,
    flags,
    review_drafts,
    review_notes,
    reviews,
)
from qm.io.tables.streams import (
    attempts,
    checkpoints,
    dead_letters,
    feed,
    outbox,
    partitions,
)
from qm.io.tables.texts import conversations, inbox, messages, typed

__all__ = [
    "acknowledgements",
    "agents",
    "alerts",
    "attempts",
    "audio_objects",
    "audit",
    "audit_head",
    "call_figures",
    "call_keys",
    "calls",
    "checkpoints",
    "clips",
    "consents",
    "contact_changes",
    "contacts",
    "conversations",
    "dead_letters",
    "decisions",
    "deliveries",
    "erasures",
    "evaluation_answers",
    "evaluations",
    "events",
    "facts",
    "feed",
    "flag_states",
    "flags",
    "group_members",
    "holds",
    "inbox",
    "job_runs",
    "label_hits",
    "labels",
    "legs",
    "login_failures",
    "messages",
    "metadata",
    "outbox",
    "outcomes",
    "partitions",
    "playlist_clips",
    "playlists",
    "queues",
    "restricted_customers",
    "review_drafts",
    "review_notes",
    "reviews",
    "rule_states",
    "scorecards",
    "sessions",
    "share_hearings",
    "shares",
    "team_members",
    "teams",
    "tombstones",
    "turns",
    "typed",
    "user_roles",
    "users",
]
