import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'

/** A process whose command `work` runs `body` with the real io of a process. */
function start(body: string): ChildProcess {
  const program = `
    import { processIo } from '${new URL('./io.ts', import.meta.url)}'
    import { runCli } from '${new URL('./run.ts', import.meta.url)}'
    const load = async () => ({
      command: (program, io) => void program.command('work').action(async () => { ${body} }),
    })
    process.exitCode = await runCli(['work'], processIo(), { names: () => ['work'], load })`
  return spawn(process.execPath, ['--input-type=module-typescript', '-e', program], { stdio: 'pipe' })
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

const WAIT = `
  const idle = setInterval(() => {}, 1000)
  io.stdout.write('ready')
  try {
    await new Promise((_, reject) => io.signal.addEventListener('abort', () => reject(io.signal.reason)))
  } finally {
    clearInterval(idle)
    io.stdout.write(' tidied')
  }`

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s lets the command tidy up, ends with %d and one line', async (signal, code) => {
  const child = start(WAIT)
  const done = finish(child)
  await once(child.stdout!, 'data')
  child.kill(signal)
  const result = await done
  expect(result).toMatchObject({ code, signal: null, out: 'ready tidied' })
  expect(result.err.trimEnd().split('\n')).toHaveLength(1)
})

test('one key press that arrives twice is one stop', async () => {
  const child = start(`
    process.emit('SIGINT', 'SIGINT')
    process.emit('SIGINT', 'SIGINT')
    io.stdout.write('tidied')
    io.signal.throwIfAborted()`)
  expect(await finish(child)).toMatchObject({ code: 130, out: 'tidied' })
})

test('a second one, later, ends a command that does not listen', async () => {
  const child = start(`
    process.emit('SIGTERM', 'SIGTERM')
    const now = performance.now()
    performance.now = () => now + 1000
    process.emit('SIGINT', 'SIGINT')
    io.stdout.write('not reached')`)
  expect(await finish(child)).toMatchObject({ code: 130, out: '' })
})

test('a reader that has seen enough is no failure', async () => {
  const child = start(`
    for (let i = 0; i < 1000; i++) {
      io.stdout.write('x'.repeat(65_536))
      await new Promise((resolve) => setImmediate(resolve))
    }`)
  const done = finish(child)
  await once(child.stdout!, 'data')
  child.stdout!.destroy()
  expect(await done).toMatchObject({ code: 0, err: '' })
})

test('in a pipe there are no bars and no colours', async () => {
  const child = start(`
    const progress = io.progress(10, 'working')
    progress.update(5, 'half')
    progress.stop()
    io.stdout.write(JSON.stringify([io.isTTY, io.color]))`)
  expect(await finish(child)).toMatchObject({ code: 0, out: '[false,false]', err: '' })
})
