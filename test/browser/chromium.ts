import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Names under which systems install it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** Flags that keep a browser to itself: no window, no sandbox, no network of its own. */
export const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * Where Chromium is: the environment variable CHROMIUM, /usr/bin/chromium, or the PATH.
 *
 * @throws Error in one line, saying how to install it
 */
export function findChromium(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const named = env.CHROMIUM
  if (named !== undefined && named !== '') {
    if (executable(named)) return named
    throw new Error(`CHROMIUM names ${named}, which is no program: set it to the path of Chromium or Chrome`)
  }
  const folders = ['/usr/bin', ...(env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')]
  for (const name of NAMES) {
    for (const folder of folders) if (executable(join(folder, name))) return join(folder, name)
  }
  throw new Error(
    'no Chromium found for the browser tests: install it (Debian: apt-get install chromium) or set CHROMIUM to its path',
  )
}

function executable(path: string): boolean {
  if (!existsSync(path)) return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
