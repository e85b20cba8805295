import { processIo } from './io.ts'
import { runCli } from './run.ts'

/** `npm run --silent oracle -- …` is `engine oracle …`. */
process.exitCode = await runCli(['oracle', ...process.argv.slice(2)], processIo())
