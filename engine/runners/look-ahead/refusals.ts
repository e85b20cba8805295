import { Socket as Datagrams } from 'node:dgram'
import { subscribe } from 'node:diagnostics_channel'
import { Socket } from 'node:net'

/**
 * In a child: what its strategy asked for and was refused. Node's permission model refuses files, programs, threads and
 * native code; the network is not in it, and is shut here.
 */

/** Different things that are told. */
const TOLD_MAX = 16
const ROOT = new URL('../../../', import.meta.url).href
/** Frames of the engine itself: what it asks for on its own account is no affair of the strategy's. */
const OWN = ['core', 'engine', 'recorders', 'live-bridge'].map((folder) => `${ROOT}${folder}/`)
/** The address of a strategy's file carries its hash. */
const STRATEGY = /\?[0-9a-f]{64}\b/

const WORDS: Readonly<Record<string, string>> = {
  FileSystemRead: 'reads',
  FileSystemWrite: 'writes',
  ChildProcess: 'starts a program',
  WorkerThreads: 'starts a thread',
  Addon: 'loads native code',
  WASI: 'loads WASI',
  Inspector: 'opens the inspector',
}
const CHANNELS = ['fs', 'child', 'worker', 'addon', 'wasi', 'inspector']

const told = new Set<string>()
let fresh: string[] = []

/** Begin to listen, and shut the network. Before the strategy is loaded. */
export function watchRefusals(): void {
  for (const name of CHANNELS) {
    subscribe(`node:permission-model:${name}`, (message) => {
      const { permission, resource } = message as { permission: string; resource?: string }
      tell(`${WORDS[permission] ?? permission} ${resource ?? ''}`.trim())
    })
  }
  shut(Socket.prototype, 'connect')
  for (const method of ['bind', 'connect', 'send']) shut(Datagrams.prototype, method)
}

/** What was refused since this was asked last. */
export function refusals(): string[] {
  const list = fresh
  fresh = []
  return list
}

function shut(prototype: object, method: string): void {
  Object.defineProperty(prototype, method, {
    configurable: false,
    writable: false,
    value: (...words: unknown[]) => {
      tell(`connects to ${targetOf(words)}`, true)
      throw new Error('a strategy has no network here')
    },
  })
}

/** Address and port of the arguments of `connect`, which Node passes on as one list or as they came. */
function targetOf(words: readonly unknown[]): string {
  const [first, second] = Array.isArray(words[0]) ? (words[0] as unknown[]) : words
  if (typeof first === 'object' && first !== null) {
    const { host, port, path } = first as { host?: string; port?: number; path?: string }
    return path ?? `${host ?? 'localhost'}:${port ?? ''}`
  }
  return typeof second === 'string' ? `${second}:${String(first)}` : String(first)
}

function tell(what: string, always = false): void {
  if (told.has(what) || told.size >= TOLD_MAX || !(always || isStrategys())) return
  told.add(what)
  fresh.push(what)
}

/** Whether a strategy's file is on the way here, or nothing of the engine: a package of the strategy's, in its own time. */
function isStrategys(): boolean {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 200
  const stack = new Error('where').stack ?? ''
  Error.stackTraceLimit = limit
  const frames = stack.split('\n').filter((line) => !line.includes('/look-ahead/refusals.ts'))
  return (
    frames.some((line) => STRATEGY.test(line)) ||
    !frames.some((line) => OWN.some((own) => line.includes(own)))
  )
}
