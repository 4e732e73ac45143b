-- Tenants who tell somebody: only their facts are kept as events.
CREATE TABLE IF NOT EXISTS listeners (
  tenant_id BINARY(16) NOT NULL PRIMARY KEY,
  FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The outbox: a row is written in the transaction of its fact. `due_at` is none once nothing is to be done any more.
CREATE TABLE IF NOT EXISTS events (
  tenant_id BINARY(16) NOT NULL,
  id BINARY(16) NOT NULL,
  kind VARCHAR(32) NOT NULL,
  made_at BIGINT NOT NULL,
  conversation_id BINARY(16),
  -- The entry in the conversation's log; 0 when it is none.
  seq BIGINT NOT NULL,
  payload LONGTEXT NOT NULL,
  due_at BIGINT,
  lease_until BIGINT,
  claim BIGINT NOT NULL DEFAULT 0,
  tries BIGINT NOT NULL DEFAULT 0,
  -- Why it waits or is dead; dead when nothing is due.
  cause VARCHAR(1024),
  PRIMARY KEY (tenant_id, id),
  INDEX events_due (due_at),
  INDEX events_open (tenant_id, conversation_id, seq),
  INDEX events_made (made_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS notifications (
  tenant_id BINARY(16) NOT NULL,
  id BINARY(16) NOT NULL,
  event_id BINARY(16) NOT NULL,
  kind VARCHAR(32) NOT NULL,
  conversation_id BINARY(16),
  seq BIGINT NOT NULL,
  target VARCHAR(128) NOT NULL,
  -- SHA-256 of the key that the handler chose.
  dedupe BINARY(32) NOT NULL,
  dedupe_key VARCHAR(512) NOT NULL,
  content_type VARCHAR(256) NOT NULL,
  body LONGTEXT NOT NULL,
  made_at BIGINT NOT NULL,
  state VARCHAR(16) NOT NULL,
  ordered BIGINT NOT NULL,
  due_at BIGINT,
  lease_until BIGINT,
  claim BIGINT NOT NULL DEFAULT 0,
  tries BIGINT NOT NULL DEFAULT 0,
  made BIGINT NOT NULL DEFAULT 0,
  first_at BIGINT,
  previous_delay BIGINT NOT NULL DEFAULT 0,
  attempts BIGINT NOT NULL DEFAULT 0,
  cause VARCHAR(1024),
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, target, dedupe),
  INDEX notifications_due (due_at),
  INDEX notifications_in_order (tenant_id, conversation_id, target, seq),
  INDEX notifications_by_state (tenant_id, state, id),
  INDEX notifications_made (made_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS attempts (
  tenant_id BINARY(16) NOT NULL,
  notification_id BINARY(16) NOT NULL,
  number BIGINT NOT NULL,
  at BIGINT NOT NULL,
  doc LONGTEXT NOT NULL,
  PRIMARY KEY (tenant_id, notification_id, number)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS target_health (
  tenant_id BINARY(16) NOT NULL,
  target VARCHAR(128) NOT NULL,
  streak BIGINT NOT NULL,
  failing_since BIGINT,
  rests_until BIGINT,
  PRIMARY KEY (tenant_id, target)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What notification plugins keep, one document for a tenant and plugin.
CREATE TABLE IF NOT EXISTS plugin_spaces (
  tenant_id BINARY(16) NOT NULL,
  plugin VARCHAR(128) NOT NULL,
  version BIGINT NOT NULL,
  doc LONGTEXT NOT NULL,
  PRIMARY KEY (tenant_id, plugin)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
