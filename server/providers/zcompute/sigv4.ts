// Signature Version 4, with which calls of the AWS-like side are signed.
import { createHash, createHmac } from "node:crypto";
import type { AccessKey } from "./config.ts";

interface Call {
  readonly url: string;
  readonly body: string;
  readonly service: string;
  readonly at: Date;
}

/** Said by others to be the region's name; the clusters do not look at it. */
const REGION = "symphony";
const SIGNED = "content-type;host;x-amz-date";
const CONTENT_TYPE = "application/x-www-form-urlencoded; charset=utf-8";

/** The headers of a POST of a form. */
export function signed({ url, body, service, at }: Call, { access, secret }: AccessKey): Record<string, string> {
  const time = at.toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = [time.slice(0, 8), REGION, service, "aws4_request"];
  const { pathname, host } = new URL(url);
  const headers = `content-type:${CONTENT_TYPE}\nhost:${host}\nx-amz-date:${time}\n`;
  const request = ["POST", pathname, "", headers, SIGNED, sha256(body)].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", time, scope.join("/"), sha256(request)].join("\n");
  const key = scope.reduce<string | Buffer>((from, part) => hmac(from, part), `AWS4${secret}`);
  const signature = hmac(key, toSign).toString("hex");
  return {
    "content-type": CONTENT_TYPE,
    "x-amz-date": time,
    authorization: `AWS4-HMAC-SHA256 Credential=${access}/${scope.join("/")}, SignedHeaders=${SIGNED}, Signature=${signature}`,
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
