// Starts a program of the project under a Node that can run it. Plain JavaScript that Node 18 can parse: it hands over to
// the pinned Node, which `npm ci` installs, when an older one starts it, and says in one line what is missing.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { faultOf, isInstalled, KNOWN, pinnedNode, VERSION } from './pinned-node.mjs'

/** Oldest major version that runs TypeScript without a build. */
const NODE_MAJOR_MIN = 24
/** Signals handed on; a terminal sends them to both processes, and the command takes a pair for one. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']
const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))

/**
 * Run a program.
 *
 * @param main URL of its file
 * @param argv its arguments; `--json` among them asks for errors as JSON
 */
export async function start(main, argv) {
  const major = Number.parseInt(process.versions.node, 10)
  if (major < NODE_MAJOR_MIN) return handOver(main, argv)
  const own = process.versions.node === VERSION && isInstalled(process.execPath)
  const fault = own ? faultOf(process.execPath) : null
  if (fault !== null) return fail(fault, argv)
  const flag = missingFeature()
  if (flag !== null) return fail(flag, argv)
  try {
    await import(main.href)
  } catch (thrown) {
    const missing = missingPackage(thrown)
    if (missing === null) throw thrown
    fail(missing, argv)
  }
}

/** Run the program under the pinned Node with the same arguments and streams, and end as it ends. */
function handOver(main, argv) {
  const node = pinnedNode()
  if (node === null) return fail(noNode(), argv)
  const fault = faultOf(node)
  if (fault !== null) return fail(fault, argv)
  const child = spawn(node, [fileURLToPath(main), ...argv], { stdio: 'inherit' })
  const forward = (signal) => child.kill(signal)
  for (const signal of SIGNALS) process.on(signal, forward)
  child.on('error', (error) => {
    const fix = 'see whether the file may be run here, or start it with a newer Node'
    fail(
      { code: 'runtime.node', message: `the pinned Node (${node}) did not start: ${error.message}`, fix },
      argv,
    )
  })
  child.on('exit', (code, signal) => {
    for (const name of SIGNALS) process.off(name, forward)
    if (signal === null) process.exitCode = code ?? 1
    else process.kill(process.pid, signal)
  })
}

function noNode() {
  const message = `this needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.versions.node}, and the pinned one is not installed`
  const install = existsSync(MODULES)
    ? 'run `npm ci` again, without --omit=optional'
    : 'run `npm ci` in the repository'
  const fix =
    KNOWN === null || KNOWN.package === null
      ? `install Node ${VERSION} from nodejs.org: for ${process.platform} on ${process.arch} npm brings none`
      : `${install} (it installs Node ${VERSION} as the package ${KNOWN.package}), or start it with a newer Node`
  return { code: 'runtime.node', message, fix }
}

/** A flag may take away what running TypeScript as it is needs. */
function missingFeature() {
  const what =
    typeof WebAssembly === 'undefined'
      ? 'WebAssembly'
      : process.features.typescript === false
        ? 'types'
        : null
  if (what === null) return null
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ').trim()
  return {
    code: 'runtime.flags',
    message: `this Node runs without ${what === 'types' ? 'reading TypeScript' : what}, which ${flags || 'a flag'} takes away`,
    fix: 'leave out --jitless, --no-strip-types and the like, also in NODE_OPTIONS',
  }
}

/** An installation that is not there, or not whole. Anything else is a defect and shows where it is. */
function missingPackage(thrown) {
  const name = /Cannot find package '([^']+)'/.exec(thrown?.message ?? '')?.[1]
  if (thrown?.code !== 'ERR_MODULE_NOT_FOUND' || name === undefined) return null
  return {
    code: 'runtime.packages',
    message: `the package ${name} is not installed`,
    fix: 'run `npm ci` in the repository',
  }
}

/** Say what is missing, in the form that was asked for. */
function fail(error, argv) {
  process.stderr.write(
    argv.includes('--json') ? `${JSON.stringify(error)}\n` : `${error.message}. To mend it: ${error.fix}.\n`,
  )
  // Building what notebooks load is the last step of an installation: that one goes on without it.
  process.exitCode = process.env.npm_lifecycle_event === 'prepare' ? 0 : 1
}
