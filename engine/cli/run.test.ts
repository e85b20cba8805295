import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { capture } from './capture.ts'
import type { CommandModule, CommandSource } from './commands.ts'
import { FOLDER } from './commands.ts'
import { CliError, Stopped } from './errors.ts'
import type { Io } from './io.ts'
import { emit } from './output.ts'
import { globals, runCli } from './run.ts'

/** A program of made commands; `loaded` tells which were asked for. */
function source(actions: Record<string, (io: Io, command: Command) => unknown>) {
  const loaded: string[] = []
  const commands: CommandSource = {
    names: () => Object.keys(actions),
    load: async (name): Promise<CommandModule> => {
      loaded.push(name)
      return {
        command(program, io) {
          program
            .command(name)
            .description(`does ${name}`)
            .option('--depth <n>', 'how deep')
            .action(async (_options, command) => {
              await actions[name]!(io, command)
            })
        },
      }
    },
  }
  return { commands, loaded }
}

async function run(argv: string[], actions: Record<string, (io: Io, command: Command) => unknown> = {}) {
  const { io, out, err } = capture()
  const made = source({ work: () => {}, other: () => {}, ...actions })
  const code = await runCli(argv, io, made.commands)
  return { code, out: out(), err: err(), loaded: made.loaded }
}

describe('exit codes', () => {
  test('a command that returns ends with 0', async () => {
    expect(await run(['work'])).toMatchObject({ code: 0, out: '', err: '' })
  })

  test('a result that failed, printed by the command, ends with 1 and no error', async () => {
    const result = await run(['work', '--json'], {
      work: (io) => {
        emit(io, true, { equal: false }, () => '')
        io.exitCode = 1
      },
    })
    expect(result).toMatchObject({ code: 1, out: '{"equal":false}\n', err: '' })
  })

  test('errors of data end with 1, of usage and configuration with 2', async () => {
    const fails = (code: string) => ({
      work: () => {
        throw new CliError(code, 'no', 'do it right')
      },
    })
    expect((await run(['work'], fails('tape.truncated'))).code).toBe(1)
    expect((await run(['work'], fails('usage.strategy'))).code).toBe(2)
    expect((await run(['work'], fails('config.range'))).code).toBe(2)
    expect((await run(['work'], fails('strategy.unknown'))).code).toBe(2)
    expect((await run(['work'], fails('secrets.file'))).code).toBe(2)
    expect((await run(['work'], fails('endpoints.address'))).code).toBe(2)
  })

  test('a stop by Ctrl-C ends with 130, by SIGTERM with 143, in one line', async () => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const { io, err, stop } = capture()
      const made = source({
        work: (inner) => {
          stop(new Stopped(signal))
          inner.signal.throwIfAborted()
        },
      })
      expect(await runCli(['work'], io, made.commands)).toBe(code)
      expect(err().trimEnd().split('\n')).toHaveLength(1)
      expect(err()).toContain(signal)
    }
  })

  test('an aborted read or request counts as the stop it is', async () => {
    const result = await run(['work'], {
      work: () => {
        throw new DOMException('This operation was aborted', 'AbortError')
      },
    })
    expect(result.code).toBe(130)
  })
})

describe('errors under --json', () => {
  test('are one object on stderr with code, message, place and fix, and nothing on stdout', async () => {
    const result = await run(['work', '--json'], {
      work: () => {
        throw new CliError('tape.column', 'column price is missing', 'import it again', {
          file: 'a.arrow',
          field: 'price',
          row: 7,
        })
      },
    })
    expect(result).toMatchObject({ code: 1, out: '' })
    expect(JSON.parse(result.err)).toEqual({
      code: 'tape.column',
      message: 'column price is missing',
      file: 'a.arrow',
      field: 'price',
      row: 7,
      fix: 'import it again',
    })
    expect(result.err.endsWith('}\n')).toBe(true)
  })

  test('system errors name the file and what to do', async () => {
    const { readFileSync } = await import('node:fs')
    const result = await run(['work', '--json'], { work: () => readFileSync('/no/such/file') })
    expect(JSON.parse(result.err)).toMatchObject({ code: 'io.enoent', file: '/no/such/file' })
    expect(result.code).toBe(1)
  })

  test('a defect carries its stack', async () => {
    const result = await run(['--json', 'work'], {
      work: () => {
        throw new TypeError('x is undefined')
      },
    })
    expect(JSON.parse(result.err)).toMatchObject({ code: 'internal.defect' })
    expect(JSON.parse(result.err).stack).toContain('run.test.ts')
    expect(result.code).toBe(1)
  })

  test.each([
    [['work', '--dept', '3'], 'usage.unknown_option', '--dept'],
    [['wrok'], 'usage.unknown_command', undefined],
    [['work', 'extra'], 'usage.excess_arguments', undefined],
    [['work', '--depth'], 'usage.option_missing_argument', '--depth'],
  ])('%j is a mistake of usage: %s', async (argv, code, field) => {
    const result = await run(['--json', ...argv])
    expect(result.code).toBe(2)
    expect(result.out).toBe('')
    const report = JSON.parse(result.err)
    expect(report.code).toBe(code)
    expect(report.field).toBe(field)
    expect(report.fix).not.toBe('')
  })
})

describe('errors without --json', () => {
  test('are one sentence with the place and the fix', async () => {
    const result = await run(['work'], {
      work: () => {
        throw new CliError('tape.column', 'a column is missing', 'import it again', {
          file: 'a.arrow',
          row: 7,
        })
      },
    })
    expect(result.err).toBe(
      'engine: a column is missing (file a.arrow, row 7). To mend it: import it again.\n',
    )
  })

  test('an unknown command says what was meant', async () => {
    const result = await run(['wrok'])
    expect(result.err).toContain("unknown command 'wrok'")
    expect(result.err).toContain('Did you mean work')
  })

  test('a bare `engine` prints the usage and ends with 2', async () => {
    const result = await run([])
    expect(result.code).toBe(2)
    expect(result.err).toContain('Usage: engine')
  })
})

describe('options of every command', () => {
  test.each([
    [['work', '--json', '--param', 'a.b=1', '--param', 'c.d=2', '--config', 'x.toml']],
    [['--json', '--param', 'a.b=1', '--param', 'c.d=2', '--config', 'x.toml', 'work']],
  ])('are found wherever they stand: %j', async (argv) => {
    let seen: unknown
    await run(argv, {
      work: (_io, command) => {
        seen = globals(command)
      },
    })
    expect(seen).toEqual({ json: true, config: 'x.toml', param: ['a.b=1', 'c.d=2'] })
  })

  test('help goes to stdout, with the options of every command, and ends with 0', async () => {
    const result = await run(['work', '--help'])
    expect(result).toMatchObject({ code: 0, err: '' })
    for (const part of ['does work', '--depth', '--json', '--config', '--param'])
      expect(result.out).toContain(part)
  })

  test('the version is the package’s', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, out: `${manifest.version}\n` })
  })
})

describe('commands', () => {
  test('only the named one is loaded; all of them for the list', async () => {
    expect((await run(['work'])).loaded).toEqual(['work'])
    expect((await run(['--config', 'other', 'work'])).loaded).toEqual(['work', 'other'])
    expect((await run(['--help'])).loaded).toEqual(['work', 'other'])
  })

  test('a file that registers another name is a defect, not a silence', async () => {
    const { io, err } = capture()
    const odd: CommandSource = {
      names: () => ['work'],
      load: async () => ({ command: (program) => void program.command('play') }),
    }
    expect(await runCli(['work'], io, odd)).toBe(1)
    expect(err()).toContain('commands/work.ts')
  })

  test('every file of the folder has a description and examples in its help', async () => {
    expect(FOLDER.names().length).toBeGreaterThan(0)
    for (const name of FOLDER.names()) {
      const { io, out } = capture()
      expect(await runCli([name, '--help'], io)).toBe(0)
      expect(out(), name).toMatch(/Usage: engine/)
      expect(out(), name).toContain(`$ engine ${name}`)
    }
  })

  test('progress left open by an error is closed', async () => {
    let stopped = 0
    const { io } = capture({ progress: () => ({ update() {}, stop: () => void stopped++ }) })
    const made = source({
      work: (inner) => {
        inner.progress(10, 'x')
        throw new CliError('a.b', 'c', 'd')
      },
    })
    await runCli(['work'], io, made.commands)
    expect(stopped).toBe(1)
  })
})
