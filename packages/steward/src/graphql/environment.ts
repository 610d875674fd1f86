// Imported before anything of Graphile, which would otherwise ask for this variable on every start. Its development mode adds
// checks to every query that only its own authors need.
process.env["GRAPHILE_ENV"] ??= "production";
