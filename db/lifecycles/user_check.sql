select steward.define_lifecycle(
  'user_check', 'A user''s accounts are compared with what they should be, and mended.',
  $${
    "drive_check": {"lane": "drive", "priority": 3},
    "cloud_check": {"lane": "cloud", "priority": 3},
    "cloud_check_at": {"task": "cloud_check", "lane": "cloud", "lane_by": "app_private.account_lanes", "batch": true, "priority": 3}
  }$$
);
