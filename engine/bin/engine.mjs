#!/usr/bin/env node
// The `engine` command.
import { start } from './start.mjs'

await start(new URL('../cli/main.ts', import.meta.url), process.argv.slice(2))
