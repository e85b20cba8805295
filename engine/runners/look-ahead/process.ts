import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Ask, Reply } from './messages.ts'

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))
/** Characters of what a process that died wrote that are kept. */
const STDERR_MAX = 2_000

/** A run in a process of its own. */
export type RunProcess = {
  /**
   * Ask, and wait for the answer.
   *
   * @throws ChildError where it fails or dies
   */
  ask(message: Ask): Promise<string>
  /** What its strategy asked for and was refused, so far: `reads /etc/hosts`. */
  readonly refused: readonly string[]
  /** End it, whatever it is doing. Harmless afterwards. */
  stop(): Promise<void>
}

/** Where a process starts and what it finds there. */
export type ProcessOptions = {
  /** Words of its command line. */
  argv: readonly string[]
  cwd: string
  env: Readonly<Record<string, string | undefined>>
  /** Open files that it gets, from number 4 on. */
  files: readonly number[]
  /** What it may do beside running the engine: nothing else is left to its strategy. */
  permissions: Permissions
  signal?: AbortSignal
}

/** Beyond the engine's own code: folders to read below, or everything; a folder to write below; native code. */
export type Permissions = { read: readonly string[] | 'all'; write: string; addons: boolean }

/** What of the project a run needs: its code and its packages, and not its data. */
const CODE = ['core', 'recorders', 'live-bridge', 'engine', 'node_modules'].map((name) =>
  fileURLToPath(new URL(`../../../${name}`, import.meta.url)),
)
const MANIFEST = fileURLToPath(new URL('../../../package.json', import.meta.url))

/** Node's permission model: no programs, no threads, no inspector, and of the file system what is named here. */
function flagsOf({ read, write, addons }: Permissions): string[] {
  const folders = read === 'all' ? [] : [...CODE, ...read, write].flatMap((folder) => [folder, `${folder}/*`])
  const places = read === 'all' ? ['*'] : [...folders, MANIFEST]
  return [
    '--permission',
    ...places.map((place) => `--allow-fs-read=${place}`),
    `--allow-fs-write=${write}/*`,
    ...(addons ? ['--allow-addons'] : []),
  ]
}

/** Number of the first file that a child gets: before it are the standard ones and the channel. */
export const FIRST_FILE = 4

/** Start a process; what its strategy prints is nobody's result and is thrown away. */
export function startProcess({ argv, cwd, env, files, permissions, signal }: ProcessOptions): RunProcess {
  signal?.throwIfAborted()
  const child = fork(CHILD, [...argv], {
    cwd,
    env: { ...env },
    execArgv: flagsOf(permissions),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...files],
  })
  let said = ''
  const refused: string[] = []
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-STDERR_MAX)
  })
  const gone = new Promise<void>((done) => {
    child.once('close', () => done())
    // A process that could not be started, or whose channel broke, says so here and perhaps nowhere else.
    child.on('error', (error) => {
      said = `${said} ${error.message}`
      done()
    })
  })
  const kill = () => void child.kill('SIGKILL')
  signal?.addEventListener('abort', kill, { once: true })
  return {
    refused,
    async ask(message) {
      const reply = await answerOf(child, message, gone)
      signal?.throwIfAborted()
      refused.push(...(reply?.refused ?? []))
      if (reply === null)
        throw new ChildError(`the process ended by itself${said === '' ? '' : `: ${said.trim()}`}`)
      if (reply.kind === 'failed') throw new ChildError(reply.message)
      return reply.state_hash
    },
    async stop() {
      signal?.removeEventListener('abort', kill)
      kill()
      await gone
    },
  }
}

/** Null where the process is gone before it answers. */
async function answerOf(child: ChildProcess, message: Ask, gone: Promise<void>): Promise<Reply | null> {
  let listener: (reply: unknown) => void = () => {}
  const reply = new Promise<Reply>((done) => {
    listener = (value) => done(value as Reply)
    child.once('message', listener)
  })
  child.send(message, () => {})
  try {
    return await Promise.race([reply, gone.then(() => null)])
  } finally {
    child.off('message', listener)
  }
}

/** A run that failed in its process; the message is the strategy's own, or what the process last said. */
export class ChildError extends Error {
  readonly code = 'audit.child'
  readonly fix = 'see what the strategy does where no future is to be found'
  constructor(message: string) {
    super(message)
    this.name = 'LookAhead.ChildError'
  }
}
