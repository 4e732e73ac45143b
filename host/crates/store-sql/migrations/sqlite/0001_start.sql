-- Ids are 16 bytes, times milliseconds since 1970, documents JSON text. Each key begins with the tenant.

CREATE TABLE IF NOT EXISTS meta (
  name TEXT NOT NULL PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS tenants (
  id BLOB NOT NULL PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  settings TEXT NOT NULL,
  activation_epoch INTEGER NOT NULL,
  version INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS agents (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  skills TEXT NOT NULL,
  tier INTEGER NOT NULL,
  weight INTEGER NOT NULL,
  disabled INTEGER NOT NULL,
  version INTEGER NOT NULL,
  password_hash TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, email),
  FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) WITHOUT ROWID;

-- The ledger (C5). `allowance` is the greater of capacity and what was held when capacity was lowered: the database itself
-- refuses a place beyond it.
CREATE TABLE IF NOT EXISTS seats (
  tenant_id BLOB NOT NULL,
  agent_id BLOB NOT NULL,
  status TEXT NOT NULL,
  capacity INTEGER NOT NULL,
  places INTEGER NOT NULL,
  allowance INTEGER NOT NULL,
  last_assigned INTEGER,
  last_freed INTEGER,
  first_replies TEXT NOT NULL,
  PRIMARY KEY (tenant_id, agent_id),
  FOREIGN KEY (tenant_id, agent_id) REFERENCES agents (tenant_id, id),
  CONSTRAINT seats_within_allowance CHECK (places >= 0 AND places <= allowance)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS teams (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name),
  FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS team_members (
  tenant_id BLOB NOT NULL,
  team_id BLOB NOT NULL,
  agent_id BLOB NOT NULL,
  PRIMARY KEY (tenant_id, team_id, agent_id),
  FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id),
  FOREIGN KEY (tenant_id, agent_id) REFERENCES agents (tenant_id, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS team_members_by_agent ON team_members (tenant_id, agent_id);

CREATE TABLE IF NOT EXISTS channels (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  channel_key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  team_id BLOB NOT NULL,
  origins TEXT NOT NULL,
  identity_secret BLOB,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS visitors (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  channel_id BLOB NOT NULL,
  name TEXT NOT NULL,
  external_id TEXT,
  language TEXT,
  vip INTEGER NOT NULL,
  properties TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, channel_id, external_id),
  FOREIGN KEY (tenant_id, channel_id) REFERENCES channels (tenant_id, id)
) WITHOUT ROWID;

-- `doc` is the state; the columns beside it are what is searched, sorted, locked or counted by. A row changes when the case moves,
-- not when its log grows.
CREATE TABLE IF NOT EXISTS conversations (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  state TEXT NOT NULL,
  team_id BLOB NOT NULL,
  visitor_id BLOB NOT NULL,
  -- Who owns it; who is being offered it; who owned it last.
  owner_id BLOB,
  offered_id BLOB,
  agent_id BLOB,
  place_rank INTEGER NOT NULL,
  waiting_since INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  due_at INTEGER,
  lease_until INTEGER,
  lease_node BLOB,
  doc TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX IF NOT EXISTS conversations_backlog ON conversations (tenant_id, team_id, state, place_rank DESC, waiting_since, id);
CREATE INDEX IF NOT EXISTS conversations_by_visitor ON conversations (tenant_id, visitor_id, state);
CREATE INDEX IF NOT EXISTS conversations_by_owner ON conversations (tenant_id, owner_id);
CREATE INDEX IF NOT EXISTS conversations_by_offered ON conversations (tenant_id, offered_id);
CREATE INDEX IF NOT EXISTS conversations_by_agent ON conversations (tenant_id, agent_id);
CREATE INDEX IF NOT EXISTS conversations_due ON conversations (due_at);
CREATE INDEX IF NOT EXISTS conversations_waiting ON conversations (state, tenant_id, team_id);

-- The counters of each log, written with every entry: so narrow, and with as few indexes as the sweeps need.
CREATE TABLE IF NOT EXISTS heads (
  tenant_id BLOB NOT NULL,
  conversation_id BLOB NOT NULL,
  last_seq INTEGER NOT NULL,
  last_public INTEGER NOT NULL,
  version INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  indexed_seq INTEGER NOT NULL DEFAULT 0,
  -- Since when entries wait to be indexed; none when all are.
  index_since INTEGER,
  PRIMARY KEY (tenant_id, conversation_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS heads_by_change ON heads (tenant_id, changed_at, conversation_id);
CREATE INDEX IF NOT EXISTS heads_to_index ON heads (index_since) WHERE index_since IS NOT NULL;

-- The agents who take part now; the visitor always does.
CREATE TABLE IF NOT EXISTS parties (
  tenant_id BLOB NOT NULL,
  agent_id BLOB NOT NULL,
  conversation_id BLOB NOT NULL,
  PRIMARY KEY (tenant_id, agent_id, conversation_id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS entries (
  tenant_id BLOB NOT NULL,
  conversation_id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  prev_public INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  -- 0 visitor, 1 agent, 2 system.
  author_kind INTEGER NOT NULL,
  author_id BLOB,
  author_name TEXT,
  command_id BLOB,
  -- 0 all, 1 agents.
  audience INTEGER NOT NULL,
  -- 1 when a person sent it: what counts as unread.
  message INTEGER NOT NULL,
  -- The entry that this one edits or recalls.
  target_seq INTEGER,
  body TEXT NOT NULL,
  PRIMARY KEY (tenant_id, conversation_id, seq),
  -- Ids of commands grow with time: new ones stand beside each other.
  UNIQUE (tenant_id, command_id, author_id)
);

CREATE TABLE IF NOT EXISTS marks (
  tenant_id BLOB NOT NULL,
  conversation_id BLOB NOT NULL,
  participant_id BLOB NOT NULL,
  -- 0 visitor, 1 agent.
  participant_kind INTEGER NOT NULL,
  delivered_seq INTEGER NOT NULL,
  read_seq INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, conversation_id, participant_id),
  CONSTRAINT marks_in_order CHECK (read_seq >= 0 AND read_seq <= delivered_seq)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS offers (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  conversation_id BLOB NOT NULL,
  agent_id BLOB NOT NULL,
  token INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  decision_id BLOB NOT NULL,
  -- open, accepted, declined, missed, withdrawn.
  state TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  ended_at INTEGER,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS assignments (
  tenant_id BLOB NOT NULL,
  conversation_id BLOB NOT NULL,
  -- The entry that says so.
  seq INTEGER NOT NULL,
  agent_id BLOB NOT NULL,
  visitor_id BLOB NOT NULL,
  assigned_at INTEGER NOT NULL,
  freed_at INTEGER,
  PRIMARY KEY (tenant_id, conversation_id, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS assignments_by_agent ON assignments (tenant_id, agent_id, assigned_at);
CREATE INDEX IF NOT EXISTS assignments_by_visitor ON assignments (tenant_id, visitor_id, agent_id, assigned_at);

CREATE TABLE IF NOT EXISTS decisions (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  conversation_id BLOB NOT NULL,
  made_at INTEGER NOT NULL,
  record TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX IF NOT EXISTS decisions_by_conversation ON decisions (tenant_id, conversation_id, made_at, id);

-- A release of all tenants has a tenant of zeros.
CREATE TABLE IF NOT EXISTS releases (
  tenant_id BLOB NOT NULL,
  digest BLOB NOT NULL,
  hook TEXT NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  size INTEGER NOT NULL,
  manifest TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  component BLOB NOT NULL,
  PRIMARY KEY (tenant_id, digest)
);

CREATE TABLE IF NOT EXISTS activations (
  tenant_id BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  bindings TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  by_id BLOB,
  staged_at INTEGER NOT NULL,
  activated_at INTEGER,
  PRIMARY KEY (tenant_id, epoch),
  FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);
CREATE INDEX IF NOT EXISTS activations_by_state ON activations (state, tenant_id, epoch);

CREATE TABLE IF NOT EXISTS activation_reports (
  tenant_id BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  node_id BLOB NOT NULL,
  prepared INTEGER NOT NULL,
  proof BLOB,
  error TEXT,
  reported_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, epoch, node_id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS nodes (
  id BLOB NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  lease_until INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS refresh_tokens (
  tenant_id BLOB NOT NULL,
  hash BLOB NOT NULL,
  family_id BLOB NOT NULL,
  agent_id BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  used INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, hash)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS refresh_tokens_by_family ON refresh_tokens (tenant_id, family_id);

CREATE TABLE IF NOT EXISTS api_tokens (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  hash BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS audit_records (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  made_at INTEGER NOT NULL,
  by_kind INTEGER,
  by_id BLOB,
  action TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) WITHOUT ROWID;
