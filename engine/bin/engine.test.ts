import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { faultOf, KNOWN, VERSION } from './pinned-node.mjs'

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
  expect(JSON.parse(result.err)).toEqual([VERSION, 'a b', '--json'])
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
  expect(plain.err).toMatch(/^[^\n]+\n$/)
  expect(plain.err).toMatch(/needs Node 24 or newer; this is 20\.1\.0.*npm ci/)
  const json = await finish(start(bin, ['rules', '--json']))
  expect(JSON.parse(json.err)).toMatchObject({ code: 'runtime.node', fix: expect.stringContaining('npm ci') })
})

/** What a Node says in one line, and no trace. */
async function oneLine(child: ChildProcess): Promise<string> {
  const { code, out, err } = await finish(child)
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toMatch(/^[^\n]+\n$/)
  return err
}

test('a forgotten installation is one line, under any Node', async () => {
  const bin = checkout("import 'commander'", false)
  expect(await oneLine(spawn(process.execPath, [bin, 'rules']))).toContain(
    'the package commander is not installed. To mend it: run `npm ci`',
  )
  expect(await oneLine(start(bin, ['rules']))).toContain('run `npm ci`')
})

test.each([
  ['--jitless', 'WebAssembly'],
  ['--no-strip-types', 'TypeScript'],
])('a Node that was started with %s is one line that says so', async (flag, what) => {
  const said = await oneLine(spawn(process.execPath, [flag, BIN, 'rules']))
  expect(said).toContain(what)
  expect(said).toContain(flag)
})

test('a defect of the program keeps its trace', async () => {
  const child = spawn(process.execPath, [checkout("import './nowhere.ts'", true)])
  expect((await finish(child)).err).toMatch(/nowhere\.ts[\s\S]*\n +at /)
})

describe('the program that npm brought', () => {
  /** A checkout whose packages hold a Node with other bytes. */
  function tampered(): string {
    const bin = checkout('console.log(1)', false)
    const file = join(bin, '..', '..', '..', 'node_modules', KNOWN!.package!, 'bin', 'node')
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, '#!/bin/sh\necho PWNED\n', { mode: 0o755 })
    return bin
  }

  test('is not started with other bytes than those recorded: both hashes are said', async () => {
    const said = await oneLine(start(tampered(), ['rules']))
    expect(said).not.toContain('PWNED')
    expect(said).toMatch(/its SHA-256 is [0-9a-f]{64}, the recorded one [0-9a-f]{64}/)
  })

  test('is hashed once, and again when anything of it has changed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'engine-'))
    folders.push(folder)
    const file = join(folder, 'node')
    const cache = join(folder, 'cache')
    writeFileSync(file, 'one')
    const first = faultOf(file, cache)!
    expect(first.message).toContain(createHash('sha256').update('one').digest('hex'))
    expect(faultOf(file, cache)).toEqual(first)
    // Remembered by its stamp: what the cache says is believed while the file is the same.
    const place = join(cache, 'node-binaries.json')
    const [entry] = JSON.parse(readFileSync(place, 'utf8'))
    writeFileSync(place, JSON.stringify([{ ...entry, sha256: KNOWN!.sha256 }]), { mode: 0o600 })
    expect(faultOf(file, cache)).toBeNull()
    writeFileSync(file, 'two')
    expect(faultOf(file, cache)!.message).toContain(createHash('sha256').update('two').digest('hex'))
  })

  test('is hashed again where others could have written what is remembered', () => {
    const folder = mkdtempSync(join(tmpdir(), 'engine-'))
    folders.push(folder)
    const file = join(folder, 'node')
    const cache = join(folder, 'cache')
    writeFileSync(file, 'one')
    faultOf(file, cache)
    const place = join(cache, 'node-binaries.json')
    const [entry] = JSON.parse(readFileSync(place, 'utf8'))
    writeFileSync(place, JSON.stringify([{ ...entry, sha256: KNOWN!.sha256 }]))
    chmodSync(cache, 0o777)
    expect(faultOf(file, cache)).not.toBeNull()
  })

  test('without a place to remember is hashed each time', () => {
    expect(faultOf(process.execPath, null)).toBeNull()
  })
})

test('the real command answers through it', async () => {
  const result = await finish(start(BIN, ['--version']))
  expect(result).toMatchObject({ code: 0, out: `${manifest.version}\n`, err: '' })
})
