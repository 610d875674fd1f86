-- Who sees which runs: a customer those that they own, the support all.
select steward.grant_reader('shop_customer', claim => 'jwt.claims.sub');
select steward.grant_reader('shop_support', all_runs => true);
