select steward.define_lifecycle(
  'project_update', 'Members who came, went or changed their role later are brought into line at the cloud provider.',
  $${"sync_member": {"lane": "cloud", "lane_by": "app_private.project_lanes", "batch": true, "priority": 1}}$$,
  lock_subjects => 'app_private.lock_projects', on_change => 'app_private.reflect_projects', may_steer => 'app_private.may_steer'
);
