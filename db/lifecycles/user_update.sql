select steward.define_lifecycle(
  'user_update', 'The accounts of a user who has another name or address follow it.',
  $${
    "drive_update": {"lane": "drive", "batch": true, "priority": 1},
    "cloud_update": {"lane": "cloud", "lane_by": "app_private.account_lanes", "batch": true, "priority": 1}
  }$$,
  may_steer => 'app_private.may_steer'
);
