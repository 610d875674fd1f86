-- Who reads the API's documentation learns which clouds are not proven.
comment on column app_public.projects.provider is 'The cloud provider. One of kind zcompute is experimental: its adapter was tried against no real cluster.';
