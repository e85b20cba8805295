import { spawn } from 'node:child_process'

/** A command that serves others. */
export type Serving = {
  /** Ctrl-C, as a terminal sends it: to the command and all that it started. Resolves when they are gone. */
  stop(): Promise<void>
}

/** So long after SIGINT comes SIGTERM. */
const DEAF_MS = 5_000

/**
 * Start a command that serves others, in a shell.
 *
 * @returns once it has said where it is to be found
 * @throws Error with what it wrote, when it ends before that, or has ended by itself when it is stopped
 */
export function serve(text: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Serving> {
  const child = spawn('sh', ['-c', text], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let written = ''
  let said = ''
  let over = false
  // All that it started write here: closed means that none of them is left.
  const gone = new Promise<void>((resolve) => {
    child.on('close', () => {
      over = true
      resolve()
    })
  })
  const ended = () => new Error(`"${text}" has ended by itself:\n${written}`)
  const stop = async () => {
    if (over) throw ended()
    process.kill(-child.pid!, 'SIGINT')
    // What is started from a script in the background is deaf to SIGINT, and so is all that it starts in turn.
    const deaf = setTimeout(() => process.kill(-child.pid!, 'SIGTERM'), DEAF_MS)
    await gone
    clearTimeout(deaf)
  }
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    written += piece
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      written += piece
      said += piece
      if (/https?:\/\/\S+\s/.test(said)) resolve({ stop })
    })
    void gone.then(() => reject(ended()))
  })
}
