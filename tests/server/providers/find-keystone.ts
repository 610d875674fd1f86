// The real Keystone that tests run against.
import type { OpenStackRegion } from "../../../server/providers/openstack/config.ts";

/** The one in OS_AUTH_URL and its companions, or one on loopback, port 15000, with the administrator of a fresh bootstrap. Throws if there is none. */
export async function findKeystone(): Promise<OpenStackRegion> {
  const env = (name: string, otherwise: string) => process.env[name]?.trim() || otherwise;
  const region = {
    name: env("OS_REGION_NAME", "RegionOne"),
    authUrl: env("OS_AUTH_URL", "http://127.0.0.1:15000/v3").replace(/\/+$/, ""),
    username: env("OS_USERNAME", "admin"),
    password: env("OS_PASSWORD", "keystone-admin-pw"),
    projectName: env("OS_PROJECT_NAME", "admin"),
    userDomainName: env("OS_USER_DOMAIN_NAME", "Default"),
    projectDomainName: env("OS_PROJECT_DOMAIN_NAME", "Default"),
  };
  try {
    const answer = await fetch(`${region.authUrl}/`);
    if (!(await answer.text()).includes('"version"')) throw new Error(`HTTP ${answer.status}`);
    return region;
  } catch (error) {
    const hint = "Start a Keystone there, or set OS_AUTH_URL, OS_USERNAME, OS_PASSWORD and OS_PROJECT_NAME.";
    throw new Error(`No Keystone v3 answers at ${region.authUrl}. ${hint}`, { cause: error });
  }
}
