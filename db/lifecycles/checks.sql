select steward.add_check('app_private.find_violations');
