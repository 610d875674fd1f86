select steward.define_lifecycle(
  'project_deletion', 'A deleted project is removed at the cloud provider.',
  $${"project_remove": {"lane": "cloud", "lane_by": "app_private.project_lanes", "priority": 2}}$$,
  of_deleted => true, may_steer => 'app_private.may_steer'
);
