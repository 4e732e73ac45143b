-- Tenants who tell somebody: only their facts are kept as events.
CREATE TABLE IF NOT EXISTS listeners (
  tenant_id BLOB NOT NULL PRIMARY KEY,
  FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) WITHOUT ROWID;

-- The outbox: a row is written in the transaction of its fact. `due_at` is none once nothing is to be done any more.
CREATE TABLE IF NOT EXISTS events (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  kind TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  conversation_id BLOB,
  -- The entry in the conversation's log; 0 when it is none.
  seq INTEGER NOT NULL,
  payload TEXT NOT NULL,
  due_at INTEGER,
  lease_until INTEGER,
  claim INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  -- Why it waits or is dead; dead when nothing is due.
  cause TEXT,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX IF NOT EXISTS events_due ON events (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_open ON events (tenant_id, conversation_id, seq) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_made ON events (made_at);

CREATE TABLE IF NOT EXISTS notifications (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  event_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  conversation_id BLOB,
  seq INTEGER NOT NULL,
  target TEXT NOT NULL,
  -- SHA-256 of the key that the handler chose.
  dedupe BLOB NOT NULL,
  dedupe_key TEXT NOT NULL,
  content_type TEXT NOT NULL,
  body TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  ordered INTEGER NOT NULL,
  due_at INTEGER,
  lease_until INTEGER,
  claim INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  made INTEGER NOT NULL DEFAULT 0,
  first_at INTEGER,
  previous_delay INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  cause TEXT,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, target, dedupe)
);
CREATE INDEX IF NOT EXISTS notifications_due ON notifications (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS notifications_in_order ON notifications (tenant_id, conversation_id, target, seq) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS notifications_by_state ON notifications (tenant_id, state, id);
CREATE INDEX IF NOT EXISTS notifications_made ON notifications (made_at);

CREATE TABLE IF NOT EXISTS attempts (
  tenant_id BLOB NOT NULL,
  notification_id BLOB NOT NULL,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (tenant_id, notification_id, number)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS target_health (
  tenant_id BLOB NOT NULL,
  target TEXT NOT NULL,
  streak INTEGER NOT NULL,
  failing_since INTEGER,
  rests_until INTEGER,
  PRIMARY KEY (tenant_id, target)
) WITHOUT ROWID;

-- What notification plugins keep, one document for a tenant and plugin.
CREATE TABLE IF NOT EXISTS plugin_spaces (
  tenant_id BLOB NOT NULL,
  plugin TEXT NOT NULL,
  version INTEGER NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (tenant_id, plugin)
) WITHOUT ROWID;
