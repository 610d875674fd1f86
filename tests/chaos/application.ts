// The application of a chaos run: people who sign up, work in projects and leave, and what is remembered of them outside.
import type { Random } from "./random.ts";

export interface Person {
  readonly id: string;
  readonly username: string;
  isThere: boolean;
  signups: number;
  deletions: number;
  /** How many labels they have, by key. */
  labels: Map<string, number>;
}

/** What the application remembers by itself, to be held against the database. */
export interface Memory {
  readonly people: Map<string, Person>;
  readonly projects: Set<string>;
  readonly tenants: string[];
}

export function createMemory(): Memory {
  return { people: new Map(), projects: new Set(), tenants: [] };
}

/** Somebody new; sometimes with the name of somebody who left. */
export function invent(memory: Memory, random: Random, who: string): Person {
  const gone = [...memory.people.values()].filter((person) => !person.isThere);
  const heir = random.chance(0.1) ? random.pick(gone) : undefined;
  const taken = [...memory.people.values()].some((person) => person.isThere && person.username === heir?.username);
  const username =
    heir === undefined || taken ? `${who}.${memory.people.size}.${random.int(0, 99_999)}` : heir.username;
  return { id: random.uuid(), username, isThere: false, signups: 0, deletions: 0, labels: new Map() };
}

/** Those who are there, of one actor's own where it is named. */
export function present(people: Iterable<Person>): Person[] {
  return [...people].filter((person) => person.isThere);
}
