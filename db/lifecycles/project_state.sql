select steward.define_lifecycle(
  'project_state', 'A project is disabled or enabled at the cloud provider.',
  $${"project_state": {"lane": "cloud", "lane_by": "app_private.project_lanes"}}$$,
  may_steer => 'app_private.may_steer'
);
