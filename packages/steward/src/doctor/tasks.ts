// Whether every step has a task file, and every task file a step.
import { existsSync, globSync, readFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseCrontab } from "graphile-worker";
import type pg from "pg";
import type { Finding } from "../config/define.ts";
import type { Setting } from "../setting/index.ts";
import { hint, problem } from "./finding.ts";

/** graphile-worker takes these for tasks. */
const TASK_FILES = "**/*.{ts,mts,js,mjs,cjs}";
/** The engine's own task, for which there is a step only once something is purged. */
const PURGE = "purge";
/** An import may wait for something that never comes. */
const LOAD_MS = 5_000;
const TASKS = "select distinct task from steward.lifecycle_steps order by task";

export async function examineTasks(client: pg.Client, { root, config, tasks }: Setting): Promise<Finding[]> {
  const { rows } = await client.query<{ task: string }>(TASKS);
  const wanted = rows.map(({ task }) => task);
  const found = globSync(TASK_FILES, { cwd: tasks });
  const files = found.map((file) => file.slice(0, -extname(file).length).replaceAll("\\", "/"));
  const broken = (await Promise.all(found.map((file) => load(join(tasks, file))))).filter((one) => one !== undefined);
  const without = wanted.filter((task) => !files.includes(task));
  const crontab = readCrontab(resolve(root, config.crontab ?? "crontab"));
  const scheduled = [...new Set(crontab.tasks)];
  const unused = files.filter((file) => ![...wanted, ...scheduled, PURGE].includes(file));
  return [
    ...broken,
    ...crontab.findings,
    ...scheduled
      .filter((task) => ![...files, ...wanted].includes(task))
      .map((task) =>
        problem(
          `No file of ${tasks} is the task ${task}, which the crontab names.`,
          `Write ${task}.ts, or correct the crontab; its jobs wait in the queue until then.`,
        ),
      ),
    ...without.map((task) =>
      problem(
        `No file of ${tasks} is the task ${task}, which a lifecycle names.`,
        `Write ${task}.ts, or correct the lifecycle; its steps wait until then (ST406).`,
      ),
    ),
    ...unused.map((file) =>
      hint(`No lifecycle names the task ${file}.`, "It runs only if something else adds jobs for it."),
    ),
  ];
}

/** CommonJS that was written as ECMAScript has a default in its default. */
function isTask(value: unknown): boolean {
  if (typeof value === "function") return true;
  return typeof value === "object" && value !== null && "default" in value && isTask(value.default);
}

/** Loads a file as a worker does: one that cannot be loaded keeps the whole worker from starting. */
async function load(file: string): Promise<Finding | undefined> {
  const late = sleep(LOAD_MS, undefined, { ref: false }).then(() => {
    throw new Error(`it has not been loaded after ${LOAD_MS / 1_000} s`);
  });
  try {
    const module: unknown = await Promise.race([import(pathToFileURL(file).href), late]);
    if (isTask(module)) return undefined;
    throw new Error("it exports no function as its default");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return problem(`The file ${file} cannot be loaded: ${why}`, "Correct it: no worker starts that has it.");
  }
}

/** The tasks that a crontab names, as a worker reads it. */
function readCrontab(file: string): { readonly tasks: readonly string[]; readonly findings: readonly Finding[] } {
  if (!existsSync(file)) return { tasks: [], findings: [] };
  try {
    return { tasks: parseCrontab(readFileSync(file, "utf8")).map(({ task }) => task), findings: [] };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      tasks: [],
      findings: [problem(`The crontab ${file} cannot be read: ${why}`, "Correct it: no worker starts with it.")],
    };
  }
}
