-- Parameters of earlier runs, completed with what they meant.
UPDATE training_run SET parameters = '{"relaxation": 1}'::jsonb || parameters, winner = '{"relaxation": 1}'::jsonb || winner;
UPDATE training_trial SET trial = jsonb_set(trial, '{parameters}', '{"relaxation": 1}'::jsonb || (trial -> 'parameters'));
