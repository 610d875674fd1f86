// An embedded drive in a process of its own, to be killed: prints its address and administrator password, then runs until it is ended.
import { startDrive } from "../../../server/embedded/drive/server.ts";

const [dir = "", port = "0"] = process.argv.slice(2);
const { url, adminPassword } = await startDrive({ dir, port: Number(port), latency: { min: 0, max: 0 } });
console.log(JSON.stringify({ url, adminPassword }));
