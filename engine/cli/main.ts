import { describe, sentence } from './errors.ts'
import { processIo } from './io.ts'
import { runCli } from './run.ts'

const argv = process.argv.slice(2)

// What escapes a command (a callback's throw, a forgotten promise) is reported as any other error.
process.once('uncaughtException', (error) => {
  const { report, exit } = describe(error)
  process.stderr.write(argv.includes('--json') ? `${JSON.stringify(report)}\n` : sentence(report))
  process.exit(exit)
})

process.exitCode = await runCli(argv, processIo())
