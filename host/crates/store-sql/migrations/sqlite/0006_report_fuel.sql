-- What a plugin's vectors cost on the node that reports: shown beside its proof.
ALTER TABLE activation_reports ADD COLUMN fuel INTEGER;
