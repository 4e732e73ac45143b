-- Hours, holidays, canned replies, labels: one document each. `kind` is a number of `administration.rs`.
CREATE TABLE IF NOT EXISTS resources (
  tenant_id BINARY(16) NOT NULL,
  kind BIGINT NOT NULL,
  id BINARY(16) NOT NULL,
  name VARCHAR(512) NOT NULL,
  body LONGTEXT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, kind, id),
  UNIQUE (tenant_id, kind, name),
  FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
