-- Hours, holidays, canned replies, labels: one document each. `kind` is a number of `administration.rs`.
CREATE TABLE IF NOT EXISTS resources (
  tenant_id BLOB NOT NULL,
  kind INTEGER NOT NULL,
  id BLOB NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, kind, id),
  UNIQUE (tenant_id, kind, name),
  FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) WITHOUT ROWID;
