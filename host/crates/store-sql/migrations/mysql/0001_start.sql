-- Ids are 16 bytes, times milliseconds since 1970, documents JSON text. Each key begins with the tenant.

CREATE TABLE IF NOT EXISTS meta (
  name VARCHAR(64) NOT NULL PRIMARY KEY,
  value LONGBLOB NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS tenants (
  id BINARY(16) NOT NULL PRIMARY KEY,
  slug VARCHAR(64) NOT NULL UNIQUE,
  name VARCHAR(512) NOT NULL,
  settings LONGTEXT NOT NULL,
  activation_epoch BIGINT NOT NULL,
  version BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS agents (
  tenant_id BINARY(16) NOT NULL,
  id BINARY(16) NOT NULL,
  email VARCHAR(255) NOT NULL,
  name VARCHAR(512) NOT NULL,
  role VARCHAR(16) NOT NULL,
  skills LONGTEXT NOT NULL,
  tier BIGINT NOT NULL,
  weight BIGINT NOT NULL,
  disabled BIGINT NOT NULL,
  version BIGINT NOT NULL,
  password_hash VARCHAR(512) NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, email),
  FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The ledger (C5). `allowance` is the greater of capacity and what was held when capacity was lowered: the database itself
-- refuses a place beyond it.
CREATE TABLE IF NOT EXISTS seats (
  tenant_id BINARY(16) NOT NULL,
  agent_id BINARY(16) NOT NULL,
  status VARCHAR(16) NOT NULL,
  capacity BIGINT NOT NULL,
  places BIGINT NOT NULL,
  allowance BIGINT NOT NULL,
  last_assigned BIGINT,
  last_freed BIGINT,
  first_replies LONGTEXT NOT NULL,
  PRIMARY KEY (tenant_id, agent_id),
  FOREIGN KEY (tenant_id, agent_id) REFERENCES agents (tenant_id, id),
  CONSTRAINT seats_within_allowance CHECK (places >= 0 AND places <= allowance)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS teams (
  tenant_id BINARY(16) NOT NULL,
  id BINARY(16) NOT NULL,
  name VARCHAR(512) NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name),
  FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS team_members (
  tenant_id BINARY(16) NOT NULL,
  team_id BINARY(16) NOT NULL,
  agent_id BINARY(16) NOT NULL,
  PRIMARY KEY (tenant_id, team_id, agent_id),
  FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id),
  FOREIGN KEY (tenant_id, agent_id) REFERENCES agents (tenant_id, id),
  INDEX team_members_by_agent (tenant_id, agent_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS channels (
  tenant_id BINARY(16) NOT NULL,
  id BINARY(16) NOT NULL,
  channel_key VARCHAR(255) NOT NULL UNIQUE,
  name VARCHAR(512) NOT NULL,
  team_id BINARY(16) NOT NULL,
  origins LONGTEXT NOT NULL,
  identity_secret LONGBLOB,
  version BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS visitors (
  tenant_id BINARY(16) NOT NULL,
  id BINARY(16) NOT NULL,
  channel_id BINARY(16) NOT NULL,
  name VARCHAR(512) NOT NULL,
  external_id VARCHAR(255),
  language VARCHAR(64),
  vip BIGINT NOT NULL,
  properties LONGTEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, channel_id, external_id),
  FOREIGN KEY (tenant_id, channel_id) REFERENCES channels (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- `doc` is the state; the columns beside it are what is searched, sorted, locked or counted by. A row changes when the case moves,
-- not when its log grows.
CREATE TABLE IF NOT EXISTS conversations (
  tenant_id BINARY(16) NOT NULL,
  id BINARY(16) NOT NULL,
  state VARCHAR(16) NOT NULL,
  team_id BINARY(16) NOT NULL,
  visitor_id BINARY(16) NOT NULL,
  -- Who owns it; who is being offered it; who owned it last.
  owner_id BINARY(16),
  offered_id BINARY(16),
  agent_id BINARY(16),
  place_rank BIGINT NOT NULL,
  waiting_since BIGINT NOT NULL,
  opened_at BIGINT NOT NULL,
  due_at BIGINT,
  lease_until BIGINT,
  lease_node BINARY(16),
  doc LONGTEXT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  INDEX conversations_backlog (tenant_id, team_id, state, place_rank DESC, waiting_since, id),
  INDEX conversations_by_visitor (tenant_id, visitor_id, state),
  INDEX conversations_by_owner (tenant_id, owner_id),
  INDEX conversations_by_offered (tenant_id, offered_id),
  INDEX conversations_by_agent (tenant_id, agent_id),
  INDEX conversations_due (due_at),
  INDEX conversations_waiting (state, tenant_id, team_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The counters of each log, written with every entry: so narrow, and with as few indexes as the sweeps need.
CREATE TABLE IF NOT EXISTS heads (
  tenant_id BINARY(16) NOT NULL,
  conversation_id BINARY(16) NOT NULL,
  last_seq BIGINT NOT NULL,
  last_public BIGINT NOT NULL,
  version BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  indexed_seq BIGINT NOT NULL DEFAULT 0,
  -- Since when entries wait to be indexed; none when all are.
  index_since BIGINT,
  PRIMARY KEY (tenant_id, conversation_id),
  INDEX heads_by_change (tenant_id, changed_at, conversation_id),
  INDEX heads_to_index (index_since)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The agents who take part now; the visitor always does.
CREATE TABLE IF NOT EXISTS parties (
  tenant_id BINARY(16) NOT NULL,
  agent_id BINARY(16) NOT NULL,
  conversation_id BINARY(16) NOT NULL,
  PRIMARY KEY (tenant_id, agent_id, conversation_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS entries (
  tenant_id BINARY(16) NOT NULL,
  conversation_id BINARY(16) NOT NULL,
  seq BIGINT NOT NULL,
  prev_public BIGINT NOT NULL,
  made_at BIGINT NOT NULL,
  -- 0 visitor, 1 agent, 2 system.
  author_kind BIGINT NOT NULL,
  author_id BINARY(16),
  author_name VARCHAR(512),
  command_id BINARY(16),
  -- 0 all, 1 agents.
  audience BIGINT NOT NULL,
  -- 1 when a person sent it: what counts as unread.
  message BIGINT NOT NULL,
  -- The entry that this one edits or recalls.
  target_seq BIGINT,
  body LONGTEXT NOT NULL,
  PRIMARY KEY (tenant_id, conversation_id, seq),
  -- Ids of commands grow with time: new ones stand beside each other.
  UNIQUE (tenant_id, command_id, author_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS marks (
  tenant_id BINARY(16) NOT NULL,
  conversation_id BINARY(16) NOT NULL,
  participant_id BINARY(16) NOT NULL,
  -- 0 visitor, 1 agent.
  participant_kind BIGINT NOT NULL,
  delivered_seq BIGINT NOT NULL,
  read_seq BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, conversation_id, participant_id),
  CONSTRAINT marks_in_order CHECK (read_seq >= 0 AND read_seq <= delivered_seq)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS offers (
  tenant_id BINARY(16) NOT NULL,
  id BINARY(16) NOT NULL,
  conversation_id BINARY(16) NOT NULL,
  agent_id BINARY(16) NOT NULL,
  token BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  decision_id BINARY(16) NOT NULL,
  -- open, accepted, declined, missed, withdrawn.
  state VARCHAR(16) NOT NULL,
  made_at BIGINT NOT NULL,
  ended_at BIGINT,
  PRIMARY KEY (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS assignments (
  tenant_id BINARY(16) NOT NULL,
  conversation_id BINARY(16) NOT NULL,
  -- The entry that says so.
  seq BIGINT NOT NULL,
  agent_id BINARY(16) NOT NULL,
  visitor_id BINARY(16) NOT NULL,
  assigned_at BIGINT NOT NULL,
  freed_at BIGINT,
  PRIMARY KEY (tenant_id, conversation_id, seq),
  INDEX assignments_by_agent (tenant_id, agent_id, assigned_at),
  INDEX assignments_by_visitor (tenant_id, visitor_id, agent_id, assigned_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS decisions (
  tenant_id BINARY(16) NOT NULL,
  id BINARY(16) NOT NULL,
  conversation_id BINARY(16) NOT NULL,
  made_at BIGINT NOT NULL,
  record LONGTEXT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  INDEX decisions_by_conversation (tenant_id, conversation_id, made_at, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A release of all tenants has a tenant of zeros.
CREATE TABLE IF NOT EXISTS releases (
  tenant_id BINARY(16) NOT NULL,
  digest BINARY(32) NOT NULL,
  hook VARCHAR(16) NOT NULL,
  name VARCHAR(255) NOT NULL,
  version VARCHAR(64) NOT NULL,
  size BIGINT NOT NULL,
  manifest LONGTEXT NOT NULL,
  created_at BIGINT NOT NULL,
  component LONGBLOB NOT NULL,
  PRIMARY KEY (tenant_id, digest)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS activations (
  tenant_id BINARY(16) NOT NULL,
  epoch BIGINT NOT NULL,
  bindings LONGTEXT NOT NULL,
  state VARCHAR(16) NOT NULL,
  reason LONGTEXT,
  by_id BINARY(16),
  staged_at BIGINT NOT NULL,
  activated_at BIGINT,
  PRIMARY KEY (tenant_id, epoch),
  FOREIGN KEY (tenant_id) REFERENCES tenants (id),
  INDEX activations_by_state (state, tenant_id, epoch)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS activation_reports (
  tenant_id BINARY(16) NOT NULL,
  epoch BIGINT NOT NULL,
  node_id BINARY(16) NOT NULL,
  prepared BIGINT NOT NULL,
  proof BINARY(32),
  error LONGTEXT,
  reported_at BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, epoch, node_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS nodes (
  id BINARY(16) NOT NULL PRIMARY KEY,
  name VARCHAR(255) NOT NULL,
  lease_until BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Which node routes a team now.
CREATE TABLE IF NOT EXISTS lanes (
  tenant_id BINARY(16) NOT NULL,
  team_id BINARY(16) NOT NULL,
  node_id BINARY(16) NOT NULL,
  lease_until BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, team_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS refresh_tokens (
  tenant_id BINARY(16) NOT NULL,
  hash BINARY(32) NOT NULL,
  family_id BINARY(16) NOT NULL,
  agent_id BINARY(16) NOT NULL,
  expires_at BIGINT NOT NULL,
  used BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, hash),
  INDEX refresh_tokens_by_family (tenant_id, family_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS api_tokens (
  tenant_id BINARY(16) NOT NULL,
  id BINARY(16) NOT NULL,
  name VARCHAR(512) NOT NULL,
  role VARCHAR(16) NOT NULL,
  hash BINARY(32) NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  PRIMARY KEY (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS audit_records (
  tenant_id BINARY(16) NOT NULL,
  id BINARY(16) NOT NULL,
  made_at BIGINT NOT NULL,
  by_kind BIGINT,
  by_id BINARY(16),
  action VARCHAR(255) NOT NULL,
  detail LONGTEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
