import { clobUser } from './clob-user.ts'
import type { Feed } from './feed.ts'

/** Every source, in the order of their names in the gap ledger. A new feed is a file and a line here. */
export const FEEDS: readonly Feed[] = [clobUser]

export type * from './feed.ts'
