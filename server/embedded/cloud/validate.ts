// What Keystone's schemas refuse, in its own (Python's) words.
import { badRequest, malformed } from "./answers.ts";

type Fields = Readonly<Record<string, unknown>>;

interface Rule {
  readonly required?: boolean;
  readonly type: "string" | "boolean" | "array";
  readonly nullable?: boolean;
  readonly maxLength?: number;
  readonly pattern?: readonly [matches: RegExp, asWritten: string];
}

const NAME_PATTERN = [/\S/, "[\\\\S]+"] as const;
const ID_PATTERN = [/^[a-zA-Z0-9-]+$/, "^[a-zA-Z0-9-]+$"] as const;
const TAG_PATTERN = [/^[^,/]*$/, "^[^,/]*$"] as const;

const COMMON: Readonly<Record<string, Rule>> = {
  domain_id: { type: "string", nullable: true, maxLength: 64, pattern: ID_PATTERN },
  description: { type: "string", nullable: true },
  enabled: { type: "boolean" },
};

const RULES: Readonly<Record<"project" | "user", Readonly<Record<string, Rule>>>> = {
  project: {
    name: { required: true, type: "string", maxLength: 64, pattern: NAME_PATTERN },
    ...COMMON,
    tags: { type: "array" },
  },
  user: {
    name: { required: true, type: "string", maxLength: 255, pattern: NAME_PATTERN },
    ...COMMON,
    password: { type: "string", nullable: true },
  },
};

/** The object under `kind` in a request's body, checked. `partial`: a change, where nothing is required. */
export function readFields(kind: "project" | "user", body: unknown, partial: boolean): Fields {
  const fields = isFields(body) ? body[kind] : undefined;
  if (fields === undefined && partial) throw malformed(`${kind} in request body`);
  const checked = isFields(fields) ? fields : {};
  for (const [name, rule] of Object.entries(RULES[kind])) {
    if (rule.required && !partial && checked[name] === undefined)
      throw badRequest(`'${name}' is a required property\n\nFailed validating 'required' in schema`);
    if (checked[name] !== undefined) check(name, checked[name], rule);
  }
  if (Array.isArray(checked["tags"])) {
    for (const [index, tag] of checked["tags"].entries()) {
      check(`tags/${index}`, tag, { type: "string", maxLength: 255, pattern: TAG_PATTERN });
    }
  }
  return checked;
}

/** True for a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function check(field: string, value: unknown, rule: Rule): void {
  if (value === null && rule.nullable) return;
  const refuse = (why: string, validator: string) =>
    badRequest(
      `Invalid input for field '${field}': ${python(value)} ${why}\n\nFailed validating '${validator}' in schema['properties']['${field}']`,
    );
  const type = Array.isArray(value) ? "array" : typeof value;
  if (type !== rule.type) throw refuse(`is not of type '${rule.type}'${rule.nullable ? ", 'null'" : ""}`, "type");
  if (typeof value !== "string") return;
  if (rule.maxLength !== undefined && value === "") throw refuse("is too short", "minLength");
  if (rule.maxLength !== undefined && [...value].length > rule.maxLength) throw refuse("is too long", "maxLength");
  if (rule.pattern !== undefined && !rule.pattern[0].test(value))
    throw refuse(`does not match '${rule.pattern[1]}'`, "pattern");
}

function python(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "string") return `'${value}'`;
  if (typeof value === "boolean") return value ? "True" : "False";
  return JSON.stringify(value);
}
