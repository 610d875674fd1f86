// The page at /: where to look.
import type { FastifyInstance } from "fastify";

const page = (rows: string) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Steward</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem } td { padding: 0 1rem 0 0 }</style>
<h1>Steward</h1>
<p>Insert a row, and everything that must follow happens.</p>
<table>${rows}</table>
</html>
`;

/** `graphiql`: whether that page is there. */
export function addHome(app: FastifyInstance, { graphiql }: { graphiql: boolean }): void {
  const places: [string, string][] = [
    ["/graphql", "the API: POST with a token, or a websocket for subscriptions"],
    ...(graphiql
      ? [
          ["/graphiql", "try the API here; <code>npm run token -- --role admin</code> prints a token"] as [
            string,
            string,
          ],
        ]
      : []),
    ["/healthz", "this process is alive"],
    ["/readyz", "it can serve requests: database, migrations, workers"],
    ["/metrics", "figures in Prometheus' format"],
  ];
  const rows = places.map(([path, what]) => `<tr><td><a href="${path}">${path}</a><td>${what}`).join("\n");
  app.get("/", (_request, reply) => reply.type("text/html; charset=utf-8").send(page(rows)));
}
