// Runs a TypeScript file of the project for an npm script: `node engine/bin/script.mjs FILE [ARGUMENTS]`.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { start } from './start.mjs'

const [file, ...argv] = process.argv.slice(2)
// The program finds its own arguments where it would if it had been started by itself.
process.argv.splice(1, 2, resolve(file))
await start(pathToFileURL(resolve(file)), argv)
