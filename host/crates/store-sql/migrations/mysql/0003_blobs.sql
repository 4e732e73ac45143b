-- Uploads, in parts. Part 0 is always there.

CREATE TABLE IF NOT EXISTS blob_parts (
  tenant_id BINARY(16) NOT NULL,
  digest BINARY(32) NOT NULL,
  part BIGINT NOT NULL,
  bytes MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant_id, digest, part)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
