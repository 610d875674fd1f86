// Onboarding: piece by piece, once, repaired where it lacks something, never against what the user has done to it since.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { waitFor } from "../helpers/database.ts";
import {
  ALL,
  counts,
  database,
  FROM_DOCUMENTS,
  failure,
  insert,
  MODEL,
  missing,
  OF_USER,
  onboard,
  openDatabase,
  rows,
  signUp,
  withoutTemplate,
} from "../helpers/onboarding.ts";

const test = suite("onboarding");

test.before(openDatabase);
test.after(() => database.close());

test("gives a space, a notebook, three documents and an agent who reads them", async () => {
  const id = await signUp();
  assert.equal(await missing(id), ALL);
  await onboard(id);
  assert.equal(await missing(id), []);
  const [book] = await rows(
    `select n.name, n.tags, n.visibility, n.description <> '' as described, s.kind, s.name as space
     from app_public.notebooks n join app_public.spaces s on s.id = n.space_id where s.owner_id = $1`,
    [id],
  );
  assert.equal(book, {
    name: "Getting Started",
    tags: ["welcome", "getting-started", "onboarding"],
    visibility: "private",
    described: true,
    kind: "personal",
    space: "Personal",
  });
  assert.equal(await agents(id), [
    {
      name: "Personal Assistant",
      type: "qa",
      model: MODEL,
      tags: ["default", "personal-assistant", "onboarding"],
      reads: ["Getting Started"],
    },
  ]);
});

test("the sample documents are real texts of the promised length, marked as samples", async () => {
  const id = await signUp();
  await onboard(id);
  const found = await rows<{ title: string; body: string; source: string; is_sample: boolean }>(
    `select d.title, d.body, d.source, d.is_sample ${FROM_DOCUMENTS}`,
    [id],
  );
  const lines = Object.fromEntries(found.map(({ title, body }) => [title, body.trimEnd().split("\n").length]));
  assert.ok(found.every(({ source, is_sample }) => source === "onboarding" && is_sample));
  assert.equal(Object.keys(lines).sort(), ["Quick Start Guide", "Sample FAQ", "Welcome"]);
  assert.ok(Math.abs((lines["Welcome"] ?? 0) - 40) <= 5);
  assert.ok(Math.abs((lines["Quick Start Guide"] ?? 0) - 40) <= 5);
  assert.ok(Math.abs((lines["Sample FAQ"] ?? 0) - 70) <= 5);
});

test("again, or for many at once, changes nothing that is there", async () => {
  const ids = [await signUp(), await signUp(), await signUp()];
  await onboard(ids[0] ?? "");
  const before = await counts(ids[0]);
  await onboard(...ids);
  await onboard(...ids);
  for (const id of ids) assert.equal(await counts(id), before);
});

test("many connections at once make nothing twice", async () => {
  const id = await signUp();
  await Promise.all(Array.from({ length: 8 }, () => onboard(id)));
  assert.equal(await counts(id), { spaces: 1, notebooks: 1, documents: 3, agents: 1, made: 6 });
});

test("a user who has the notebook but no documents gets just the documents and the agent", async () => {
  const id = await signUp();
  const space = await insert("insert into app_public.spaces (owner_id, name) values ($1, 'Mine') returning id", [id]);
  const book = await insert(
    "insert into app_public.notebooks (space_id, name, description) values ($1, 'Getting Started', 'old') returning id",
    [space],
  );
  await insert(
    "insert into app_public.documents (notebook_id, title, body) values ($1, 'Welcome', 'mine') returning id",
    [book],
  );
  assert.equal(await missing(id), ["Quick Start Guide", "Sample FAQ", "Personal Assistant"]);
  await onboard(id);
  assert.equal(await counts(id), { spaces: 1, notebooks: 1, documents: 3, agents: 1, made: 6 });
  assert.equal(await rows("select name, description from app_public.notebooks where id = $1", [book]), [
    { name: "Getting Started", description: "old" },
  ]);
  assert.equal(await rows(`select d.body ${FROM_DOCUMENTS} and d.title = 'Welcome'`, [id]), [{ body: "mine" }]);
});

test("an agent that was there is given the notebook", async () => {
  const id = await signUp();
  const space = await insert("insert into app_public.spaces (owner_id, name) values ($1, 'Mine') returning id", [id]);
  await insert(
    "insert into app_public.agents (space_id, name, type, model) values ($1, 'Personal Assistant', 'qa', 'old') returning id",
    [space],
  );
  await onboard(id);
  assert.equal(await agents(id), [
    { name: "Personal Assistant", type: "qa", model: "old", tags: [], reads: ["Getting Started"] },
  ]);
});

test("what was renamed or deleted on purpose is not forced back", async () => {
  const id = await signUp();
  await onboard(id);
  await database.pool.query(
    `with s as (update app_public.spaces set name = 'Home', kind = 'other' where owner_id = $1 returning id),
       n as (update app_public.notebooks set name = 'Mine' where space_id in (select id from s)),
       d as (delete from app_public.documents where title = 'Welcome' and notebook_id in (select n.id from app_public.notebooks n join s on n.space_id = s.id))
     delete from app_public.agents where space_id in (select id from s)`,
    [id],
  );
  await onboard(id);
  assert.equal(await missing(id), []);
  assert.equal(await counts(id), { spaces: 1, notebooks: 1, documents: 2, agents: 0, made: 6 });
});

test("a piece that comes later goes into the notebook that was renamed, but not into one that was deleted", async () => {
  const renamed = await signUp();
  const deleted = await signUp();
  await onboard(renamed, deleted);
  await database.pool.query(
    "update app_public.notebooks n set name = 'Mine' from app_public.spaces s where s.id = n.space_id and s.owner_id = $1",
    [renamed],
  );
  await database.pool.query(
    "delete from app_public.notebooks n using app_public.spaces s where s.id = n.space_id and s.owner_id = $1",
    [deleted],
  );
  await database.pool.query(
    `insert into app_private.onboarding_pieces (name, position, kind) values ('News', 7, 'document');
     insert into app_private.document_templates (title, body) values ('News', 'What is new.')`,
  );
  try {
    assert.equal(await missing(renamed), ["News"]);
    assert.equal(await missing(deleted), []);
    await onboard(renamed, deleted);
    assert.equal(await counts(renamed), { spaces: 1, notebooks: 1, documents: 4, agents: 1, made: 7 });
    assert.equal(await counts(deleted), { spaces: 1, notebooks: 0, documents: 0, agents: 1, made: 6 });
  } finally {
    await database.pool.query("delete from app_private.onboarding_pieces where name = 'News'");
  }
});

test("a missing template raises ST220 with the document's name, and nothing is half-written", async () => {
  const id = await signUp();
  await withoutTemplate("Quick Start Guide", async () => {
    const error = await failure(onboard(id));
    assert.is(error.code, "ST220");
    assert.match(error.message, /'Quick Start Guide'/);
    assert.equal(await counts(id), { spaces: 0, notebooks: 0, documents: 0, agents: 0, made: 0 });
  });
  await onboard(id);
  assert.equal(await missing(id), []);
});

test("a user deleted meanwhile is passed over", async () => {
  const gone = await signUp();
  const id = await signUp();
  await remove(gone);
  await onboard(gone, id);
  assert.equal(await missing(id), []);
});

test("it waits for a deletion that holds the user, and passes over who is gone by then", async () => {
  const id = await signUp();
  const other = await database.pool.connect();
  try {
    await other.query("begin");
    await other.query("delete from app_public.users where id = $1", [id]);
    const onboarding = onboard(id);
    await waitFor(
      async () =>
        (await rows("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"))
          .length > 0,
    );
    await other.query("commit");
    await onboarding;
  } finally {
    other.release();
  }
  assert.equal(await counts(id), { spaces: 0, notebooks: 0, documents: 0, agents: 0, made: 0 });
});

/** Deletes the row as one that is gone for the reader: only onboarding is under test here. */
async function remove(id: string): Promise<void> {
  await database.pool.query(
    `alter table app_public.users disable trigger user; delete from app_public.users where id = '${id}'; alter table app_public.users enable trigger user`,
  );
}

function agents(id: string): Promise<object[]> {
  return rows(
    `select a.name, a.type, a.model, a.tags, array(
       select n.name from app_public.agent_notebooks r join app_public.notebooks n on n.id = r.notebook_id where r.agent_id = a.id
     ) as reads from app_public.agents a ${OF_USER}`,
    [id],
  );
}

test.run();
