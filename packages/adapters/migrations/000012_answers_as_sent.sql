-- Up Migration

-- What a request under a key means, whatever the order of its fields, and its answer as it went out. Both
-- are null in rows of before; `fingerprint` and `body` are still written, for replicas of before.
alter table idempotency_keys add column meaning text, add column answer text;

-- Down Migration

alter table idempotency_keys drop column meaning, drop column answer;
