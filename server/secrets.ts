// Secrets at rest: AES-256-GCM. A sealed value carries its format version and is bound to where it is stored (context).
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { AppError } from "./errors.ts";

const VERSION = "v1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const KEY_BYTES = 32;

/**
 * Encrypts `plaintext` under the 32-byte `key`. `context` says what the secret belongs to (for example
 * `drive_account:<user id>`): it is not stored, and the value opens only with the same context.
 */
export function seal(key: Buffer, plaintext: string, context: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(aad(context));
  const body = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final()]);
  return `${VERSION}:${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64url")}`;
}

/** Decrypts what `seal` made. ST803 when the key or the context is another one, or the value was damaged. */
export function open(key: Buffer, sealed: string, context: string): string {
  const [version, encoded] = sealed.split(":");
  const bytes = Buffer.from(encoded ?? "", "base64url");
  if (version !== VERSION || bytes.length < NONCE_BYTES + TAG_BYTES) throw new AppError("ST803");

  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(aad(context)).setAuthTag(tag);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
  } catch (cause) {
    throw new AppError("ST803", { cause });
  }
}

/** Tells two values apart, and shows nothing of them to whoever lacks the key. */
export function fingerprint(key: Buffer, value: string): string {
  return createHmac("sha256", key).update(value).digest("base64url").slice(0, 16);
}

function aad(context: string): Buffer {
  return Buffer.from(`${VERSION}:${context}`, "utf8");
}
