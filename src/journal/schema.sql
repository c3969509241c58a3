-- Schema 2. Facts are appended and never changed; the table `operation` is what they fold to.

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

-- One row an operation, for look-ups. `open`: unfinished, or not yet taken over by the till.
CREATE TABLE operation (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       INTEGER NOT NULL,
    state      INTEGER NOT NULL,
    profile    TEXT    NOT NULL,
    host_ref   TEXT    NOT NULL,
    sale_ref   TEXT    NOT NULL DEFAULT '',
    reference  TEXT    NOT NULL,
    provider_reference TEXT NOT NULL DEFAULT '',
    -- The name under which a payment made before counts once.
    claim      TEXT    NOT NULL DEFAULT '',
    parent_id  INTEGER NOT NULL DEFAULT 0,
    open       INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX operation_by_host_ref ON operation (kind, host_ref);
CREATE INDEX operation_open ON operation (id) WHERE open = 1;
CREATE INDEX operation_by_reference ON operation (reference);
CREATE INDEX operation_by_provider_reference ON operation (provider_reference)
    WHERE provider_reference <> '';
CREATE UNIQUE INDEX operation_by_claim ON operation (claim) WHERE claim <> '';
CREATE INDEX operation_by_parent ON operation (parent_id) WHERE parent_id > 0;

-- `chain` is a keyed hash over the event before and this one: no event can be changed, removed
-- from the middle or moved without its holder's key.
CREATE TABLE event (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    operation_id INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    fact         TEXT    NOT NULL,
    chain        BLOB    NOT NULL
) STRICT;

CREATE INDEX event_by_operation ON event (operation_id, seq);

-- Request bodies and with them personal data: encrypted, and wiped once the operation is closed
-- and its retention has passed. Not part of the chain, so that wiping does not break it.
CREATE TABLE sealed (
    operation_id INTEGER NOT NULL PRIMARY KEY,
    nonce        BLOB    NOT NULL,
    content      BLOB    NOT NULL
) STRICT;
