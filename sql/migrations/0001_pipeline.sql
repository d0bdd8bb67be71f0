-- The pipeline's tables. Text keys are COLLATE "C", so that PostgreSQL and Redis sort in the same order (by bytes).

-- The id of this database: a projection in Redis belongs to exactly one database.
CREATE TABLE gamemetrics_meta (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  database_id uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO gamemetrics_meta DEFAULT VALUES;

-- Every event once; also the logger's ledger. An event's identity is (event_id, player_id).
CREATE TABLE events (
  event_id        uuid         NOT NULL,
  player_id       varchar(100) COLLATE "C" NOT NULL,
  event_type      varchar(100) COLLATE "C" NOT NULL,
  game_id         varchar(100) COLLATE "C" NOT NULL,
  event_timestamp timestamptz  NOT NULL,
  ingested_at     timestamptz  NOT NULL,
  data            jsonb        NOT NULL DEFAULT '{}',
  kafka_partition integer      NOT NULL,
  kafka_offset    bigint       NOT NULL,
  created_at      timestamptz  NOT NULL DEFAULT now(),
  PRIMARY KEY (event_id, player_id)
);
CREATE INDEX events_player_id_event_timestamp ON events (player_id, event_timestamp);
CREATE INDEX events_game_id ON events (game_id);
CREATE INDEX events_event_type ON events (event_type);
CREATE INDEX events_event_timestamp ON events USING brin (event_timestamp);
CREATE INDEX events_created_at ON events USING brin (created_at);

-- The events that the statistics and the leaderboard consumers have counted; the leaderboard's ledger holds
-- only score events.
CREATE TABLE statistics_ledger (
  event_id  uuid         NOT NULL,
  player_id varchar(100) COLLATE "C" NOT NULL,
  PRIMARY KEY (event_id, player_id)
);
CREATE TABLE leaderboard_ledger (LIKE statistics_ledger INCLUDING ALL);

CREATE TABLE player_statistics (
  player_id          varchar(100) COLLATE "C" PRIMARY KEY,
  total_events       bigint       NOT NULL,
  event_breakdown    jsonb        NOT NULL,
  last_event_at      timestamptz  NOT NULL,
  session_started_at timestamptz  NOT NULL,
  session_last_at    timestamptz  NOT NULL,
  session_events     bigint       NOT NULL,
  session_game_id    varchar(100) COLLATE "C" NOT NULL,
  created_at         timestamptz  NOT NULL DEFAULT now(),
  updated_at         timestamptz  NOT NULL DEFAULT now()
) WITH (fillfactor = 80);

-- No index on score: it would double the cost of a write, and Redis's sorted sets serve as that index.
CREATE TABLE player_scores (
  game_id      varchar(100) COLLATE "C" NOT NULL,
  period       varchar(50)  COLLATE "C" NOT NULL CHECK (period IN ('daily', 'weekly', 'alltime')),
  window_start date         NOT NULL,
  player_id    varchar(100) COLLATE "C" NOT NULL,
  -- A sorted set's score is a double, which is not exact above 2^53.
  score        bigint       NOT NULL CHECK (score BETWEEN -9007199254740992 AND 9007199254740992),
  PRIMARY KEY (game_id, period, window_start, player_id)
) WITH (fillfactor = 80);

-- Boards whose top 100 must be rewritten; one row per partition, so that no row is hot.
CREATE TABLE dirty_boards (
  game_id      varchar(100) COLLATE "C" NOT NULL,
  period       varchar(50)  COLLATE "C" NOT NULL,
  window_start date         NOT NULL,
  partition    integer      NOT NULL,
  changes      bigint       NOT NULL DEFAULT 1,
  PRIMARY KEY (game_id, period, window_start, partition)
) WITH (fillfactor = 50);

-- Only the top 100 of each board; equal scores share a rank.
CREATE TABLE leaderboards (
  game_id      varchar(100) COLLATE "C" NOT NULL,
  period       varchar(50)  COLLATE "C" NOT NULL,
  window_start date         NOT NULL,
  player_id    varchar(100) COLLATE "C" NOT NULL,
  rank         integer      NOT NULL,
  score        bigint       NOT NULL,
  created_at   timestamptz  NOT NULL DEFAULT now(),
  updated_at   timestamptz  NOT NULL DEFAULT now(),
  PRIMARY KEY (game_id, period, window_start, player_id)
);

-- One row per dead letter: a (source, service). A recreated topic reuses offsets, hence the timestamp.
CREATE TABLE dlq_events (
  id               bigserial    PRIMARY KEY,
  original_event   jsonb,
  original_value   bytea,
  error_code       varchar(100) NOT NULL,
  error_message    text         NOT NULL,
  consumer_service varchar(100) NOT NULL,
  source_topic     varchar(249) NOT NULL,
  source_partition integer      NOT NULL,
  source_offset    bigint       NOT NULL,
  source_timestamp timestamptz  NOT NULL,
  attempts         integer      NOT NULL,
  failed_at        timestamptz  NOT NULL,
  replayed_at      timestamptz,
  created_at       timestamptz  NOT NULL DEFAULT now(),
  UNIQUE (consumer_service, source_topic, source_partition, source_offset, source_timestamp)
);

-- The offsets that each group's effects have reached, stored with the effects; Kafka's own commits are only
-- for display.
CREATE TABLE consumer_offsets (
  consumer_group varchar(255) COLLATE "C" NOT NULL,
  topic          varchar(249) COLLATE "C" NOT NULL,
  partition      integer      NOT NULL,
  next_offset    bigint       NOT NULL DEFAULT 0,
  -- A 64-bit hash of the record at next_offset - 1: detects a log that is not this one.
  anchor         bytea,
  -- Incremented by each claim: an owner with an older epoch can no longer write.
  epoch          bigint       NOT NULL DEFAULT 1,
  updated_at     timestamptz  NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer_group, topic, partition)
) WITH (fillfactor = 50);
