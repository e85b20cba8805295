import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { Dealer, Subscriber } from 'zeromq'
import { type Cell, type Output, textOf } from './cells.ts'

/**
 * A client of the kernel that notebooks run in, by Jupyter's messaging protocol over ZeroMQ
 * (https://jupyter-client.readthedocs.io/en/stable/messaging.html): what Jupyter does to execute a cell, without Python.
 */

/** Longest that one cell may take. */
const CELL_MS = 240_000
/** Longest that a kernel may take until it answers. */
const START_MS = 60_000
/** Longest that it may take to end. */
const END_MS = 20_000
const DELIMITER = '<IDS|MSG>'
/** The protocol's version that messages of ours follow. */
const PROTOCOL = '5.3'

/** What came of an execution, and the folder that was its system's temporary one. */
export type Executed = { code: number; stderr: string; cells: Cell[]; temporary: string }

/** The connection file that a kernel is started with. */
type Connection = {
  transport: 'tcp'
  ip: string
  shell_port: number
  iopub_port: number
  stdin_port: number
  control_port: number
  hb_port: number
  key: string
  signature_scheme: 'hmac-sha256'
}
type Message = { type: string; parent: string; content: Record<string, unknown> }
/** A request that is not answered yet. */
type Asked = { heard(message: Message): void; answered(content: Message['content']): void }
type Kernel = {
  /** Execute a cell's source: what it put out, and its number. */
  execute(source: string): Promise<{ outputs: Output[]; count: number; failed: boolean }>
  /** End the kernel and wait until it is gone. */
  close(): Promise<void>
  stderr(): string
}

/**
 * Execute code cells in order with tslab on this very Node; the first that fails is the last.
 *
 * @param cells as a notebook stores them; they are returned with their outputs
 * @param folder where the kernel works
 * @param scratch an empty folder for everything that the kernel writes
 */
export async function executeCells(
  cells: readonly Cell[],
  folder: string,
  scratch: string,
): Promise<Executed> {
  const temporary = join(scratch, 'tmp')
  mkdirSync(temporary, { recursive: true })
  const kernel = await startKernel(folder, scratch, temporary)
  const done: Cell[] = []
  let failed = false
  try {
    for (const cell of cells) {
      if (failed || cell.cell_type !== 'code') {
        done.push(cell)
        continue
      }
      const { outputs, count, failed: broke } = await kernel.execute(textOf(cell.source))
      done.push({ ...cell, outputs, execution_count: count })
      failed = broke
    }
  } finally {
    await kernel.close()
  }
  return { code: failed ? 1 : 0, stderr: kernel.stderr(), cells: done, temporary }
}

async function startKernel(folder: string, scratch: string, temporary: string): Promise<Kernel> {
  const connection = await freeConnection()
  const file = join(scratch, 'connection.json')
  writeFileSync(file, JSON.stringify(connection))
  const tslab = dirname(createRequire(import.meta.url).resolve('tslab/package.json'))
  const child = spawn(process.execPath, [join(tslab, 'bin', 'tslab'), 'kernel', '--config-path', file], {
    cwd: folder,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part
  })
  const [shell, control] = [new Dealer({ linger: 0 }), new Dealer({ linger: 0 })]
  const iopub = new Subscriber({ linger: 0 })
  shell.connect(`tcp://${connection.ip}:${connection.shell_port}`)
  control.connect(`tcp://${connection.ip}:${connection.control_port}`)
  iopub.connect(`tcp://${connection.ip}:${connection.iopub_port}`)
  iopub.subscribe()
  const session = randomUUID()
  const frames = (id: string, type: string, content: unknown) =>
    framesOf(connection.key, session, id, type, content)
  const asked = new Map<string, Asked>()
  const reading = Promise.all([
    each(iopub, (message) => asked.get(message.parent)?.heard(message)),
    each(shell, ({ parent, content }) => asked.get(parent)?.answered(content)),
  ])
  const close = async () => {
    await control.send(frames(randomUUID(), 'shutdown_request', { restart: false }))
    await end(child)
    for (const socket of [shell, control, iopub]) socket.close()
    await reading
  }
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`the kernel ended with ${code}: ${stderr.trim()}`)
  })
  gone.catch(() => undefined)
  const within = <T>(work: Promise<T>, ms: number, what: string): Promise<T> =>
    Promise.race([work, gone, timeout(ms, what)])
  /** Ask, and take what the kernel says about it until it is idle again; its answer. */
  const ask = async (
    type: string,
    content: unknown,
    take: (message: Message) => void,
  ): Promise<Message['content']> => {
    const id = randomUUID()
    const idle = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<Message['content']>()
    asked.set(id, {
      heard(message) {
        if (message.type === 'status' && message.content.execution_state === 'idle') idle.resolve()
        else take(message)
      },
      answered: answer.resolve,
    })
    await shell.send(frames(id, type, content))
    const [said] = await Promise.all([answer.promise, idle.promise])
    asked.delete(id)
    return said
  }
  /** A subscription takes a moment to reach the kernel: it is there once an answer is heard. */
  const ready = async () => {
    for (let heard = false; !heard; )
      heard = await Promise.race([
        ask('kernel_info_request', {}, () => undefined).then(() => true),
        pause(500, false),
      ])
  }
  try {
    await within(ready(), START_MS, 'the kernel did not answer')
  } catch (error) {
    await close()
    throw error
  }
  return {
    async execute(source) {
      const outputs: Output[] = []
      const request = {
        ...{ code: source, silent: false, store_history: true, user_expressions: {} },
        ...{ allow_stdin: false, stop_on_error: true },
      }
      const executed = ask('execute_request', request, ({ type, content }) => {
        if (OUTPUTS.has(type)) put(outputs, { output_type: type, ...content } as Output)
      })
      const { status, execution_count: count } = await within(
        executed,
        CELL_MS,
        `a cell took longer than ${CELL_MS / 1_000} s`,
      )
      return { outputs, count: count as number, failed: status !== 'ok' }
    },
    close,
    stderr: () => stderr,
  }
}

const OUTPUTS: ReadonlySet<string> = new Set(['stream', 'display_data', 'execute_result', 'error'])

/** What is written in pieces to one stream is one output. */
function put(outputs: Output[], output: Output): void {
  const last = outputs.at(-1)
  if (output.output_type === 'stream' && last?.output_type === 'stream' && last.name === output.name)
    last.text = textOf(last.text) + textOf(output.text)
  else outputs.push(output)
}

/** The kernel was asked to end; one that does not is killed. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const forget = setTimeout(() => child.kill('SIGKILL'), END_MS)
  await once(child, 'exit')
  clearTimeout(forget)
}

async function each(socket: AsyncIterable<Buffer[]>, take: (message: Message) => void): Promise<void> {
  for await (const raw of socket) take(read(raw))
}

/** A message on the wire: delimiter, signature, header, parent, metadata, content. */
function framesOf(key: string, session: string, id: string, type: string, content: unknown): string[] {
  const header = {
    msg_id: id,
    session,
    username: 'lockstep',
    date: new Date().toISOString(),
    msg_type: type,
    version: PROTOCOL,
  }
  const parts = [header, {}, {}, content].map((part) => JSON.stringify(part))
  return [DELIMITER, sign(key, parts), ...parts]
}

function read(frames: readonly Buffer[]): Message {
  const at = frames.findIndex((frame) => frame.toString() === DELIMITER)
  const [header, parent, , content] = frames
    .slice(at + 2)
    .map((frame) => JSON.parse(frame.toString()) as Record<string, unknown>)
  return {
    type: String(header!.msg_type),
    parent: String(parent!.msg_id),
    content: content as Record<string, unknown>,
  }
}

function sign(key: string, parts: readonly string[]): string {
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(part)
  return hmac.digest('hex')
}

async function freeConnection(): Promise<Connection> {
  const ip = '127.0.0.1'
  const servers = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const server = createServer().listen(0, ip)
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = ports as [
    number,
    number,
    number,
    number,
    number,
  ]
  const key = randomUUID()
  return {
    ...{ transport: 'tcp', ip, shell_port, iopub_port, stdin_port, control_port, hb_port },
    key,
    signature_scheme: 'hmac-sha256',
  }
}

function pause<T>(ms: number, value: T): Promise<T> {
  return new Promise((done) => setTimeout(done, ms, value).unref())
}

async function timeout(ms: number, what: string): Promise<never> {
  await pause(ms, null)
  throw new Error(what)
}
