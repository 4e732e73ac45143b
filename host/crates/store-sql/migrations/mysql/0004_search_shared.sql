-- Several nodes share the work of indexing: who took a conversation's, until when.

CREATE TABLE IF NOT EXISTS index_claims (
  tenant_id BINARY(16) NOT NULL,
  conversation_id BINARY(16) NOT NULL,
  node_id BINARY(16) NOT NULL,
  lease_until BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, conversation_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
