// How the page gets its data: live over a websocket, every few seconds without one, or not at all.
import { session } from "./session.ts";
import { createStore } from "./store.ts";

/** The websocket is open and the server knows who asks. */
export const socketOpen = createStore(false);
/** The person does not want anything to change under their eyes. */
export const paused = createStore(false);
/** Whether the server gave the last answer, and when it last gave one; undefined before the first. */
export const answered = createStore<{ readonly ok: boolean; readonly at: number } | undefined>(undefined);

export function noteAnswer(ok: boolean): void {
  answered.set({ ok, at: ok ? Date.now() : (answered.get()?.at ?? Date.now()) });
}
/** The server's clock minus the browser's, in milliseconds. */
export const clockOffset = createStore(0);

export const POLL_MS = 5_000;

/** Nothing is asked: the person does not want it, or has to sign in again first. */
export function useHeld(): boolean {
  const isPaused = paused.use();
  return session.use().state === "ended" || isPaused;
}

export type Feed = "live" | "polling" | "paused" | "lost" | "ended";

/** How data comes now. */
export function useFeed(): Feed {
  const isOpen = socketOpen.use();
  const isPaused = paused.use();
  const last = answered.use();
  if (session.use().state === "ended") return "ended";
  if (isPaused) return "paused";
  if (isOpen) return "live";
  return last?.ok === false ? "lost" : "polling";
}
