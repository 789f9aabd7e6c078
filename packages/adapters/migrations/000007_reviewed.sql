-- Up Migration

-- Somebody has looked at what `review` says. The reason stays, so that it does not come up again.
alter table payments add column reviewed boolean not null default false,
  add constraint payments_reviewed_has_reason check (not reviewed or review is not null);

drop index payments_under_review;
create index payments_under_review on payments (id) where review is not null and not reviewed;

-- Down Migration

drop index payments_under_review;
create index payments_under_review on payments (id) where review is not null;
alter table payments drop constraint payments_reviewed_has_reason, drop column reviewed;
