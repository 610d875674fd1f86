// What can be otherwise at a zCompute than one expects: switches that stay, and faults that one request meets.

export interface Traps {
  /** Lists come under their names, not bare. */
  wrapped: boolean;
  /** Names are listed in upper case; they are the same names. */
  shouts: boolean;
  /** What a sign-in comes to beside the right one. */
  signIn: "open" | "second factor" | "expired" | "locked";
  /** What is answered to a token that is not known any more. */
  deadToken: 401 | 404;
  /** Roles are listed by ids that are not their names. */
  hexRoles: boolean;
  /** The login may only read. */
  readOnly: boolean;
  /** The network of a new project stays as it begins. */
  vpcStaysPending: boolean;
  /** `domain_id` and `user.id` are not looked at. */
  ignoresFilters: boolean;
}

/** `cut`: carried out, and the connection ends; `drop`: not carried out; `forget`: answered well, and not carried out; `throttle`: 429. */
export interface Fault {
  readonly method: string;
  readonly path: RegExp;
  readonly kind: "cut" | "drop" | "forget" | "throttle" | 401 | 404 | 409 | 500;
}

export interface TrapControl {
  readonly switches: Traps;
  /** The next request that fits meets it. */
  add(fault: Fault): void;
  take(method: string, path: string): Fault | undefined;
  reset(): void;
}

const NONE: Traps = {
  wrapped: false,
  shouts: false,
  signIn: "open",
  deadToken: 401,
  hexRoles: false,
  readOnly: false,
  vpcStaysPending: false,
  ignoresFilters: false,
};

export function createTraps(): TrapControl {
  const switches = { ...NONE };
  let faults: Fault[] = [];
  return {
    switches,
    add: (fault) => faults.push(fault),
    take(method, path) {
      const met = faults.find((fault) => fault.method === method && fault.path.test(path));
      faults = faults.filter((fault) => fault !== met);
      return met;
    },
    reset() {
      Object.assign(switches, NONE);
      faults = [];
    },
  };
}
