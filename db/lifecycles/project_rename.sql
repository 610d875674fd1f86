select steward.define_lifecycle(
  'project_rename', 'A project that has another name or description has it at the cloud provider too.',
  $${"project_rename": {"lane": "cloud", "lane_by": "app_private.project_lanes", "batch": true, "priority": 1}}$$,
  may_steer => 'app_private.may_steer'
);
