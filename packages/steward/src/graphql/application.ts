// What an application adds to the GraphQL API of the engine, and how its requests reach the database.

/** The database roles of requests, which the login of the server may take. */
export interface RequestRoles {
  readonly reader: string;
  /** Sees all runs. */
  readonly admin: string;
}

export interface GraphqlApplication {
  readonly roles: RequestRoles;
  /** Schemas to show beside steward. */
  readonly schemas: readonly string[];
  readonly plugins: readonly GraphileConfig.Plugin[];
  /** What its plugins can ask of a request. */
  readonly context: Partial<Grafast.Context>;
  /** To notice silent changes of its own rows that somebody is subscribed to: a select of id and look (text), of the ids in $1 (text[]). */
  readonly looks?: string;
}
