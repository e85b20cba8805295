import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { byName, NAMES } from '../../core/strategies/registry.ts'
import type { Strategy } from '../../core/strategies/strategy.ts'
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
  const module = await load(file)
  const strategy = (module.strategy ?? module.default) as Partial<Strategy> | undefined
  if (
    typeof strategy?.name !== 'string' ||
    typeof strategy.on !== 'function' ||
    typeof strategy.init !== 'function' ||
    typeof strategy.settings !== 'object'
  ) {
    throw new RunnerError(
      'strategy.file',
      `${file} exports no strategy`,
      'export an object with name, settings, needs_model, init and on, as `strategy` or by default',
      { file },
    )
  }
  return {
    strategy: strategy as Strategy,
    file,
    sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
  }
}

async function load(file: string): Promise<{ strategy?: unknown; default?: unknown }> {
  try {
    return (await import(pathToFileURL(file).href)) as { strategy?: unknown; default?: unknown }
  } catch (thrown) {
    throw new RunnerError(
      'strategy.file',
      `${file} cannot be loaded: ${thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown)}`,
      'correct the file; node FILE shows where it fails',
      { file },
    )
  }
}
