-- What a plugin's vectors cost on the node that reports: shown beside its proof. A step may run twice here, and not every
-- server knows ADD COLUMN IF NOT EXISTS.
SET @missing = (SELECT COUNT(*) = 0 FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'activation_reports' AND column_name = 'fuel');
SET @step = IF(@missing, 'ALTER TABLE activation_reports ADD COLUMN fuel BIGINT NULL', 'DO 0');
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;
