import vm from 'node:vm'
import { isMainThread } from 'node:worker_threads'

/**
 * Work that Ctrl-C ends wherever it is: a strategy's loop without end never gives the event loop a turn, so that no handler of
 * ours would be asked. Node watches the signal on a thread of its own while a script runs (`breakOnSigint`), and ends the
 * script; the work is called from one.
 */

const CALL = Symbol.for('lockstep.interruptible')
const script = new vm.Script(`globalThis[Symbol.for('lockstep.interruptible')]()`, {
  filename: 'interruptible',
})
const place = globalThis as { [CALL]?: () => void }

/**
 * Do synchronous work on the main thread.
 *
 * @throws DOMException `AbortError` where SIGINT came meanwhile; and what the work throws
 */
export function interruptible(work: () => void): void {
  if (!isMainThread) {
    work()
    return
  }
  const before = place[CALL]
  place[CALL] = work
  try {
    script.runInThisContext({ breakOnSigint: true, displayErrors: false })
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_INTERRUPTED') throw thrown
    throw new DOMException('stopped by SIGINT', 'AbortError')
  } finally {
    if (before === undefined) delete place[CALL]
    else place[CALL] = before
  }
}
