// Lines of text from a connection.
import type { Socket } from "node:net";

const LONGEST = 64 * 1024;

/** Calls `onLine` for each line that arrives; a peer that sends endless ones is cut off. */
export function onLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LONGEST) socket.destroy();
    for (const line of lines) onLine(line);
  });
}
