import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }

const BIN = fileURLToPath(new URL('./engine.mjs', import.meta.url))
const MODULES = join(dirname(BIN), '..', '..', 'node_modules')

/** Makes a Node say that it is an old one: what the hand-over looks at. */
const OLD = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})`

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A checkout with the command and a program of our own behind it. */
function checkout(main: string, modules: boolean): string {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'))
  folders.push(folder)
  mkdirSync(join(folder, 'engine', 'cli'), { recursive: true })
  cpSync(dirname(BIN), join(folder, 'engine', 'bin'), { recursive: true })
  writeFileSync(join(folder, 'engine', 'cli', 'main.ts'), main)
  if (modules) symlinkSync(MODULES, join(folder, 'node_modules'))
  return join(folder, 'engine', 'bin', 'engine.mjs')
}

function start(bin: string, argv: string[]): ChildProcess {
  return spawn(process.execPath, ['--import', OLD, bin, ...argv], { stdio: ['pipe', 'pipe', 'pipe'] })
}

async function finish(child: ChildProcess) {
  const text = { out: '', err: '' }
  child.stdout!.on('data', (piece) => {
    text.out += piece
  })
  child.stderr!.on('data', (piece) => {
    text.err += piece
  })
  const [code, signal] = await once(child, 'close')
  return { code, signal, ...text }
}

test('an older Node hands over to the pinned one, with arguments, streams and exit code', async () => {
  const bin = checkout(
    `process.stdin.pipe(process.stdout)
     process.stderr.write(JSON.stringify([process.versions.node, ...process.argv.slice(2)]))
     process.exitCode = 7`,
    true,
  )
  const child = start(bin, ['a b', '--json'])
  child.stdin!.end('through')
  const result = await finish(child)
  expect(result).toMatchObject({ code: 7, out: 'through' })
  expect(JSON.parse(result.err)).toEqual([manifest.dependencies.node, 'a b', '--json'])
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s reaches the command, whose exit code stands',
  async (signal) => {
    const bin = checkout(
      `process.on('${signal}', () => process.exit(42))
     setInterval(() => {}, 1000)
     console.log('ready')`,
      true,
    )
    const child = start(bin, [])
    const done = finish(child)
    await once(child.stdout!, 'data')
    child.kill(signal)
    expect(await done).toMatchObject({ code: 42, signal: null })
  },
)

test('a command that dies by a signal takes its parent along', async () => {
  const child = start(checkout(`process.kill(process.pid, 'SIGKILL')`, true), [])
  expect(await finish(child)).toMatchObject({ code: null, signal: 'SIGKILL' })
})

test('without the pinned Node it says what to do, in the form asked for', async () => {
  const bin = checkout('', false)
  const plain = await finish(start(bin, ['rules']))
  expect(plain).toMatchObject({ code: 1, out: '' })
  expect(plain.err).toMatch(/needs Node 24 or newer; this is 20\.1\.0.*npm ci/)
  const json = await finish(start(bin, ['rules', '--json']))
  expect(JSON.parse(json.err)).toMatchObject({ code: 'runtime.node', fix: expect.stringContaining('npm ci') })
})

test('the real command answers through it', async () => {
  const result = await finish(start(BIN, ['--version']))
  expect(result).toMatchObject({ code: 0, out: `${manifest.version}\n`, err: '' })
})
