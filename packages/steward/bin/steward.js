#!/usr/bin/env node
import { main } from "steward/cli";

await main();
