-- What people should know of a service before they rely on it is told wherever its lane is. Locks lanes for a moment.
alter table steward.lanes add column remark text constraint lanes_remark_check check (remark <> '' and length(remark) <= 40);
comment on column steward.lanes.remark is 'What people should know of it before they rely on it, in a word or two, such as: experimental. Shown beside its name. Null: nothing.';
