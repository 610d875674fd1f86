select steward.define_lifecycle(
  'user_deletion', 'What a deleted user owned goes: rows in batches, the drive account, the cloud memberships.',
  -- A purge runs for long, so it meets more restarts of workers than other steps; what it has deleted stays deleted.
  $${
    "purge": {"batch": true, "lane": "purge", "priority": 10, "max_attempts": 20},
    "drive_remove": {"lane": "drive", "priority": 2},
    "cloud_remove": {"lane": "cloud", "priority": 2},
    "cloud_remove_at": {"task": "cloud_remove", "lane": "cloud", "lane_by": "app_private.account_lanes", "batch": true, "priority": 2}
  }$$,
  of_deleted => true, may_steer => 'app_private.may_steer'
);
