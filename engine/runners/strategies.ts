import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { byName, NAMES } from '../../core/strategies/registry.ts'
import type { Strategy } from '../../core/strategies/strategy.ts'
import { canonicalJson } from '../../recorders/tape/index.ts'
import { codeVersion } from './identity.ts'
import { RunnerError } from './runner-error.ts'

/** A strategy, where it came from, and the hash of its source. */
export type LoadedStrategy = { strategy: Strategy; file: string | null; sha256: string }

/**
 * A strategy by its name, or by the path of a file that exports it as `strategy` or by default.
 *
 * @throws RunnerError `strategy.unknown`, `strategy.file`
 */
export async function loadStrategy(name: string, cwd: string): Promise<LoadedStrategy> {
  const file = resolve(cwd, name)
  if (!/[./\\]/.test(name)) {
    if (!NAMES.includes(name)) {
      throw new RunnerError(
        'strategy.unknown',
        `there is no strategy "${name}"`,
        `use one of ${NAMES.join(', ')}, or the path of a file`,
        { field: 'strategy' },
      )
    }
    return {
      strategy: byName(name),
      file: null,
      sha256: createHash('sha256').update(codeVersion()).digest('hex'),
    }
  }
  if (!existsSync(file))
    throw new RunnerError(
      'strategy.file',
      `${file}: there is no such file`,
      'give the path of a strategy file',
      { file },
    )
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex')
  const module = await load(file, sha256)
  const strategy = module.strategy ?? module.default
  if (!isStrategy(strategy)) {
    throw new RunnerError(
      'strategy.file',
      `${file} exports no strategy`,
      'export an object with name, settings, needs_model, init and on, as `strategy` or by default',
      { file },
    )
  }
  return { strategy, file, sha256 }
}

/** The hash is part of the address: a file that was edited since is loaded again, in a session that goes on. */
async function load(file: string, sha256: string): Promise<{ strategy?: unknown; default?: unknown }> {
  try {
    return (await import(`${pathToFileURL(file).href}?${sha256}`)) as {
      strategy?: unknown
      default?: unknown
    }
  } catch (thrown) {
    throw new RunnerError(
      'strategy.file',
      `${file} cannot be loaded: ${thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown)}`,
      'correct the file; node FILE shows where it fails',
      { file },
    )
  }
}

/**
 * A strategy that stands in the caller's own code, such as a notebook. Its hash is over its settings and the source of its
 * two functions; what they call elsewhere is not in it, and a replay from the command line cannot find it.
 *
 * @throws RunnerError `strategy.shape` where a part is missing, `strategy.name` where the name is that of one that ships
 */
export function inlineStrategy(strategy: unknown): LoadedStrategy {
  if (!isStrategy(strategy)) {
    throw new RunnerError(
      'strategy.shape',
      'this is no strategy: it needs name, settings, needs_model, init and on',
      'give an object with these parts, the name of a strategy, or the path of a file',
      { field: 'strategy' },
    )
  }
  if (NAMES.includes(strategy.name)) {
    throw new RunnerError(
      'strategy.name',
      `"${strategy.name}" is the name of a strategy that ships`,
      'give yours a name of its own',
      { field: 'strategy.name' },
    )
  }
  const { name, settings, needs_model, init, on } = strategy
  const source = canonicalJson({ name, settings, needs_model, init: String(init), on: String(on) })
  return { strategy, file: null, sha256: createHash('sha256').update(source).digest('hex') }
}

function isStrategy(value: unknown): value is Strategy {
  const strategy = value as Partial<Strategy> | null | undefined
  return (
    typeof strategy?.name === 'string' &&
    strategy.name !== '' &&
    typeof strategy.settings === 'object' &&
    typeof strategy.needs_model === 'boolean' &&
    typeof strategy.init === 'function' &&
    typeof strategy.on === 'function'
  )
}
