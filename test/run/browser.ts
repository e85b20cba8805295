import { existsSync } from 'node:fs'
import { findChromium } from '../browser/chromium.ts'
import { type Finished, run } from './commands.ts'
import type { Outcome } from './outcome.ts'

/** What deciding about a browser needs of the world; tests bring their own. */
export type Host = {
  find: () => string
  /** A package may be installed: root, on Debian or a system made from it, and nobody named a browser of his own. */
  may_install: boolean
  run: (program: string, argv: readonly string[]) => Promise<Finished>
}

const HOST: Host = {
  find: findChromium,
  may_install:
    process.getuid?.() === 0 &&
    existsSync('/etc/debian_version') &&
    existsSync('/usr/bin/apt-get') &&
    (process.env.CHROMIUM ?? '') === '',
  run: (program, argv) => run(program, argv),
}

/** A browser for the tests of the report: the one that is there, else the system's package where it may be installed. */
export async function ensureBrowser(host: Host = HOST): Promise<Outcome> {
  const begun = performance.now()
  const outcome = (said: string, found: boolean, output = ''): Outcome => ({
    name: 'browser found',
    passed: found ? 1 : 0,
    failed: found ? 0 : 1,
    skipped: 0,
    seconds: (performance.now() - begun) / 1_000,
    said,
    output,
  })
  const first = attempt(host)
  if (first.path !== null) return outcome(first.path, true)
  let log = ''
  if (host.may_install) {
    for (const argv of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
      log += (await host.run('apt-get', argv)).output
    }
    const second = attempt(host)
    if (second.path !== null) return outcome(`${second.path}, installed just now`, true)
  }
  return outcome('', false, `${log}${first.reason}\n`)
}

function attempt({ find }: Host): { path: string; reason: null } | { path: null; reason: string } {
  try {
    return { path: find(), reason: null }
  } catch (thrown) {
    return { path: null, reason: (thrown as Error).message }
  }
}
