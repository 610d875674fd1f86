select steward.define_lifecycle(
  'user_signup', 'A new user gets their first notebook and agent, and an account at the drive provider.',
  $${
    "onboard": {"timeout": "10 seconds"},
    "drive_account": {"lane": "drive", "expected": "2 s"},
    "drive_cleanup": {"lane": "drive", "after": ["drive_account"], "priority": 1}
  }$$
);
