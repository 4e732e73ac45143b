-- Uploads, in parts. Part 0 is always there.

CREATE TABLE IF NOT EXISTS blob_parts (
  tenant_id BLOB NOT NULL,
  digest BLOB NOT NULL,
  part INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (tenant_id, digest, part)
);
