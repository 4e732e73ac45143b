-- Several nodes share the work of indexing: who took a conversation's, until when.
CREATE TABLE IF NOT EXISTS index_claims (
  tenant_id BLOB NOT NULL,
  conversation_id BLOB NOT NULL,
  node_id BLOB NOT NULL,
  lease_until INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, conversation_id)
) WITHOUT ROWID;

-- An older text never replaces a newer one.
ALTER TABLE search_entries ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
