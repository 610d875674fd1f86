// The clouds of this process, by the names that projects give them.
import type { StewardError } from "steward/errors";
import { AppError } from "../errors.ts";
import type { Cloud, CloudRegion } from "./cloud.ts";

/** Where something is; without a region in the provider's first. */
export interface Place {
  readonly provider: string;
  readonly region: string | null;
}

export interface Clouds {
  readonly all: readonly Cloud[];
  has(provider: string): boolean;
  /** ST617 if there is no such provider. */
  of(provider: string): Cloud;
  /** ST617 if there is no such provider or region. */
  at(place: Place): { readonly name: string; readonly region: CloudRegion };
}

/** Another worker may know it already, or this one after a restart. */
const UNKNOWN_MS = 30_000;

/** The lane of a provider's steps, as app_private.cloud_lane says. */
export function laneOf(provider: string): string {
  return provider === "openstack" ? "cloud" : `cloud/${provider}`;
}

export function createClouds(all: readonly Cloud[]): Clouds {
  const byName = new Map(all.map((cloud) => [cloud.name, cloud]));

  function of(provider: string): Cloud {
    const cloud = byName.get(provider);
    if (cloud === undefined) throw unknown(`This worker knows no cloud provider "${provider}".`);
    return cloud;
  }

  return {
    all,
    has: (provider) => byName.has(provider),
    of,
    at({ provider, region }) {
      const cloud = of(provider);
      const name = region ?? cloud.defaultRegion;
      if (!cloud.regions.includes(name))
        throw unknown(`This worker knows no region "${name}" of the cloud provider "${provider}".`);
      return { name, region: cloud.in(name) };
    },
  };
}

function unknown(sentence: string): StewardError {
  return new AppError("ST617", { sentence, retryAfterMs: UNKNOWN_MS });
}
