#!/usr/bin/env node
import module from "node:module";

// Halves the time that a command takes to begin.
module.enableCompileCache?.();
const { main } = await import("steward/cli");
await main();
