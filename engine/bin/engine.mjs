#!/usr/bin/env node
// The `engine` command. Plain JavaScript that Node 18 can parse: it hands over to the pinned Node, which the package
// `node` brings along, when an older one starts it. Bits are promised for the pinned Node alone (docs/determinism.md).
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Oldest major version that runs TypeScript without a build. */
const NODE_MAJOR_MIN = 24
/** Signals handed on; a terminal sends them to both processes, and the command takes a pair for one. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

const main = new URL('../cli/main.ts', import.meta.url)
const major = Number.parseInt(process.versions.node, 10)

if (major >= NODE_MAJOR_MIN) {
  await import(main.href)
} else {
  const node = pinnedNode()
  if (node === null) fail()
  else handOver(node)
}

/** Path of the pinned Node, null when it is not installed. */
function pinnedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json')
    const binary = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    return existsSync(binary) ? binary : null
  } catch {
    return null
  }
}

/** Run the command under `node` with the same arguments and streams, and end as it ends. */
function handOver(node) {
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' })
  const forward = (signal) => child.kill(signal)
  for (const signal of SIGNALS) process.on(signal, forward)
  child.on('error', (error) => {
    process.stderr.write(`The pinned Node (${node}) did not start: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    for (const name of SIGNALS) process.off(name, forward)
    if (signal === null) process.exitCode = code ?? 1
    else process.kill(process.pid, signal)
  })
}

/** Say what is missing, in the form that was asked for. */
function fail() {
  const error = {
    code: 'runtime.node',
    message: `engine needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.versions.node}, and the pinned one is not installed`,
    fix: 'run `npm ci` in the repository (it installs the package `node`), or start engine with a newer Node',
  }
  process.stderr.write(
    process.argv.includes('--json')
      ? `${JSON.stringify(error)}\n`
      : `${error.message}. To mend it: ${error.fix}.\n`,
  )
  process.exitCode = 1
}
