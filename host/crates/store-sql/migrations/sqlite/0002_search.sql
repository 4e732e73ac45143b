-- SQLite only: full text over history; MySQL installations have a search server.
-- Trigrams find any script; the words of one tenant are found through the table beside the index.

CREATE TABLE IF NOT EXISTS search_entries (
  id INTEGER PRIMARY KEY,
  tenant_id BLOB NOT NULL,
  conversation_id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  made_at INTEGER NOT NULL,
  team_id BLOB NOT NULL,
  visitor_id BLOB NOT NULL,
  audience INTEGER NOT NULL,
  words TEXT NOT NULL,
  UNIQUE (tenant_id, conversation_id, seq)
);
CREATE INDEX IF NOT EXISTS search_entries_by_time ON search_entries (tenant_id, made_at);

CREATE VIRTUAL TABLE IF NOT EXISTS search_words USING fts5 (
  words, content = 'search_entries', content_rowid = 'id', tokenize = 'trigram'
);

CREATE TRIGGER IF NOT EXISTS search_entries_insert AFTER INSERT ON search_entries BEGIN
  INSERT INTO search_words (rowid, words) VALUES (new.id, new.words);
END;
CREATE TRIGGER IF NOT EXISTS search_entries_delete AFTER DELETE ON search_entries BEGIN
  INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', old.id, old.words);
END;
CREATE TRIGGER IF NOT EXISTS search_entries_update AFTER UPDATE ON search_entries BEGIN
  INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', old.id, old.words);
  INSERT INTO search_words (rowid, words) VALUES (new.id, new.words);
END;
