select steward.define_lifecycle(
  'project_provisioning', 'A new project is made at the cloud provider, and its members are put into it.',
  $${
    "project_link": {"lane": "cloud", "lane_by": "app_private.project_lanes"},
    "sync_member": {"lane": "cloud", "lane_by": "app_private.project_lanes", "batch": true, "expected": "50 ms", "after": ["project_link"], "priority": 1}
  }$$,
  lock_subjects => 'app_private.lock_projects', on_change => 'app_private.reflect_projects', may_steer => 'app_private.may_steer'
);
