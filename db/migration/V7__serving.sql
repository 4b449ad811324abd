-- Raised, and its row locked, in every transaction that changes what the shop tells of items: a process that knows one
-- value reads what changed after it, and misses nothing, since whoever comes second waits for the first to commit.
CREATE TABLE catalog_change (counter bigint NOT NULL);
INSERT INTO catalog_change VALUES (1);

-- The counter's value at the item's last change; 0 for an item that only events have named. A deleted item's events
-- stay, and so do its number and its row.
ALTER TABLE item ADD COLUMN changed bigint NOT NULL DEFAULT 0, ADD COLUMN deleted boolean NOT NULL DEFAULT false;
UPDATE item SET changed = 1 WHERE NOT available OR categories <> '{}' OR attributes <> '{}';
CREATE INDEX item_changed ON item (changed) WHERE changed > 0;
-- Categories and availability are looked up in memory.
DROP INDEX item_categories, item_unavailable;
