-- How many iterations a run makes, where its search found another number than was asked for.
ALTER TABLE training_run ADD COLUMN iterations integer;
