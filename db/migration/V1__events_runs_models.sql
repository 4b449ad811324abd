-- Users and items: the shop's own ids, numbered so that events and matrices are small.
CREATE TABLE app_user (
    number      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    external_id text COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE item (
    number      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    external_id text COLLATE "C" NOT NULL UNIQUE,
    categories  text[]      NOT NULL DEFAULT '{}',
    available   boolean     NOT NULL DEFAULT true,
    attributes  jsonb       NOT NULL DEFAULT '{}',
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX item_categories ON item USING gin (categories);
CREATE INDEX item_unavailable ON item (external_id) WHERE NOT available;

-- Behaviors are configuration (wholecart.behaviors); a name gets its number when it is first configured.
CREATE TABLE behavior (
    number smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name   text NOT NULL UNIQUE
);

-- The key is the natural one, so that a retry stores nothing twice; it also serves a user's history.
-- No foreign keys: the intake writes numbers that it has just looked up, and a check per row is half its time.
CREATE TABLE event (
    user_number integer     NOT NULL,
    item_number integer     NOT NULL,
    behavior    smallint    NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_number, item_number, behavior, occurred_at)
) PARTITION BY RANGE (occurred_at);
CREATE TABLE event_default PARTITION OF event DEFAULT;
-- Answers "anything new since the last snapshot?" from a few pages.
CREATE INDEX event_received ON event USING brin (received_at) WITH (pages_per_range = 16, autosummarize = on);

CREATE TABLE training_run (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    status        text        NOT NULL CHECK (status IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED')),
    trigger       text        NOT NULL CHECK (trigger IN ('MANUAL', 'SCHEDULE', 'DEMO')),
    parameters    jsonb       NOT NULL,
    phase         text,
    iteration     integer     NOT NULL DEFAULT 0,
    loss          double precision,
    metrics       jsonb,
    model_version integer,
    snapshot_at   timestamptz,
    created_at    timestamptz NOT NULL,
    started_at    timestamptz,
    finished_at   timestamptz,
    error         text,
    worker        uuid,
    heartbeat_at  timestamptz,
    attempts      integer     NOT NULL DEFAULT 0
);
-- One run at a time, held by the database: the second request of two at once fails here.
CREATE UNIQUE INDEX training_run_one_active ON training_run ((true)) WHERE status IN ('QUEUED', 'RUNNING');

CREATE TABLE model (
    version      integer PRIMARY KEY,
    run_id       bigint      NOT NULL,
    active       boolean     NOT NULL,
    created_at   timestamptz NOT NULL,
    activated_at timestamptz,
    users        integer     NOT NULL,
    items        integer     NOT NULL,
    factors      integer     NOT NULL,
    parameters   jsonb       NOT NULL,
    metrics      jsonb,
    bytes        bigint      NOT NULL,
    sha256       text        NOT NULL
);
CREATE UNIQUE INDEX model_one_active ON model ((true)) WHERE active;
CREATE SEQUENCE model_version AS integer;

CREATE TABLE model_chunk (
    version integer NOT NULL,
    ordinal integer NOT NULL,
    content bytea   NOT NULL,
    PRIMARY KEY (version, ordinal)
);
-- Factors do not compress: leave them as they are.
ALTER TABLE model_chunk ALTER COLUMN content SET STORAGE EXTERNAL;
