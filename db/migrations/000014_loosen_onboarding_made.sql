-- Every onboarding took a share lock on the same six rows of onboarding_pieces, to satisfy a foreign key that nothing needs: logins
-- at the same moment got in each other's way there. Takes an exclusive lock on both tables for a moment.
alter table app_private.onboarding_made drop constraint onboarding_made_piece_fkey;
comment on column app_private.onboarding_made.piece is 'The piece; no foreign key, or all who are being onboarded at the same moment would lock the same rows.';
drop index app_private.onboarding_made_piece_idx;
