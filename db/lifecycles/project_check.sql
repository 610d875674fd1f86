select steward.define_lifecycle(
  'project_check', 'A project and its members are compared with what they should be, and mended.',
  $${"project_check": {"lane": "cloud", "lane_by": "app_private.project_lanes", "priority": 3}}$$
);
