/** Why each kind of thing has no place in a decision, the first that fits. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /^import (node:)?(fs|child_process|worker_threads|cluster|net|tls|dns|dgram|https?|http2|sqlite|vm)\b/,
    'reaches files, programs or the network',
  ],
  [
    /^import (node:)?module\b|^import\(\)|^import\.meta|^(require|eval|Function)$/,
    'finds code or files while it runs',
  ],
  [/^import node:/, 'asks the machine'],
  [/^import /, 'a package that is not known to be pure'],
  [/^(Date|Temporal|performance|set(Timeout|Interval|Immediate))$/, 'asks a clock'],
  [/^(Math\.random|crypto)$/, 'chance without a seed'],
  [/^(\*\*|Math(\.\w+)?)$/, 'another engine may round it differently'],
  [/^(Intl|toLocale\w*|localeCompare)$/, 'depends on the language of the machine'],
  [/^(fetch|navigator|window|document|Worker)$/, 'reaches the network or another thread'],
  [
    /^(async|await|for await|Promise|queueMicrotask|Atomics|SharedArrayBuffer)$/,
    'goes on outside of the decision',
  ],
  [/^(for…in|(sort|toSorted)\(\) without an order)$/, 'has no order of its own'],
]

/** Why what was found has no place in a decision. */
export function reasonOf(what: string): string {
  return REASONS.find(([pattern]) => pattern.test(what))?.[1] ?? 'asks the platform'
}
