import { defaults } from '../../core/config/index.ts'
import { EXAMPLE_LISTING } from '../../recorders/feeds/clob-market-examples.ts'
import { FEEDS, type Feed, type Keepalive, type LinePlan, type Scope } from '../../recorders/feeds/index.ts'
import { kalshiMarket, kalshiTokens } from '../../recorders/kalshi/index.ts'
import { SIDE_TABLES, type SideTable } from '../../recorders/normalise/side-tables.ts'
import { pollSettings } from '../../recorders/settings.ts'
import type { PollPlan } from '../../recorders/supervisor/contract.ts'
import { paragraphsOf } from './code-docs.ts'
import { code, fence, sentence, table } from './markdown.ts'

/** Blocks of `feeds.md`, from the registry that the recorder itself runs. */

/** What the pages show being asked for. The Kalshi market is of the same day. */
const NOW_US = EXAMPLE_LISTING.market.start_us
const KALSHI = 'KXBTC15M-26APR150830-30'
const WALLET = '0x0000000000000000000000000000000000000001'
const SCOPE: Scope = {
  assets: ['btc', 'eth'],
  series: ['5m', '15m'],
  markets: [
    { ...EXAMPLE_LISTING, index: 0 },
    { index: 1, market: kalshiMarket(KALSHI, NOW_US)!, tokens: kalshiTokens(KALSHI), version: 'v1' },
  ],
  wallets: [WALLET],
  credentials: new Set(FEEDS.map(({ name }) => name)),
}
const WITHOUT: Scope = { ...SCOPE, credentials: new Set() }
/** Stands for a credential. */
const SECRETS = { api_key: '…', secret: '…', passphrase: '…' }
/** Longer texts are cut in the pages. */
const TEXT_MAX = 1_200

/** The sources in one table. */
export function feedList(): string {
  return table(
    ['feed', 'what', 'wants credentials', 'how'],
    FEEDS.map((feed) => [
      `[${code(feed.name)}](#${feed.name})`,
      sentence(feed.describe),
      wants(feed),
      how(feed),
    ]),
  )
}

/** Each source: address, subscription, keepalive, polls, examples. */
export function feedDetails(): string {
  return FEEDS.map(detailsOf).join('\n\n')
}

/** The side tables and their columns. */
export function sideTables(): string {
  return Object.entries(SIDE_TABLES)
    .map(([name, { doc, columns }]: [string, SideTable]) => {
      const rows = columns.map((column) => [
        code(column.name),
        column.type === 'instant_us' ? 'instant' : column.type,
        column.unit,
        column.nullable ? 'yes' : '',
        column.doc,
      ])
      return `### ${code(name)}\n\n${sentence(doc)}\n\n${table(['column', 'type', 'unit', 'may be null', 'what'], rows)}`
    })
    .join('\n\n')
}

function wants(feed: Feed): string {
  const plans = feed.lines(SCOPE).length
  const without = feed.lines(WITHOUT).length
  if (plans === without) return 'no'
  return polls(feed, WITHOUT).length > 0 ? 'for its socket; polled without' : 'yes'
}

function how(feed: Feed): string {
  const ways = [
    ...(feed.lines(SCOPE).length > 0 ? ['WebSocket'] : []),
    ...(polls(feed, WITHOUT).length > 0 || feed.lines(SCOPE).length === 0 ? ['REST'] : []),
  ]
  return ways.join(', ')
}

function detailsOf(feed: Feed): string {
  const { name, endpoints } = feed
  const file = name.replaceAll('_', '-')
  const constant = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  const addresses = table(
    ['address', 'setting'],
    Object.entries(endpoints).map(([role, address]) => [code(address), code(`endpoints.${name}_${role}`)]),
  )
  return [
    `### ${name}`,
    paragraphsOf(`recorders/feeds/${file}.ts`, constant),
    addresses,
    ...linesOf(feed),
    ...pollsOf(feed),
    '**Examples**, and what they become:',
    ...feed.examples.map(exampleOf),
  ].join('\n\n')
}

function linesOf(feed: Feed): string[] {
  const plan = feed.lines(SCOPE)[0]
  if (plan === undefined) return []
  const hello = plan.hello(plan.keys.slice(0, 2), SECRETS)
  return [
    hello.length === 0
      ? `The subscription stands in the address: ${code(plan.path)}.`
      : `Once open it is sent:\n\n${fence('json', hello.join('\n'))}`,
    facts(plan),
  ]
}

function facts({ keepalive, silence_ms, life_ms, resubscribe, keys, headers }: LinePlan): string {
  const some = keys.slice(0, 1)
  const changes =
    resubscribe(some, [], SECRETS) === null
      ? 'Other markets or symbols want a new connection, which takes over from the old one.'
      : ''
  return [
    headers === undefined ? '' : 'The handshake is signed, anew for each attempt.',
    alive(keepalive),
    `Silent for ${duration(silence_ms)}, a second socket is opened.`,
    life_ms === 0 ? '' : `A connection lives ${duration(life_ms)} and is renewed before.`,
    changes,
  ]
    .filter((text) => text !== '')
    .join(' ')
}

function alive(keepalive: Keepalive): string {
  if (keepalive.kind === 'none') return 'The venue keeps the connection alive.'
  const every = duration(keepalive.every_ms)
  const asks = keepalive.kind === 'text' ? `The text ${code(keepalive.text)} is sent` : 'A ping frame is sent'
  return `${asks} every ${every}${keepalive.timeout_ms === 0 ? '' : `, and answered within ${duration(keepalive.timeout_ms)}`}.`
}

function polls(feed: Feed, scope: Scope): readonly PollPlan[] {
  return feed.polling?.(defaults(pollSettings)).plans(scope) ?? []
}

/** Questions of a source, with credentials and without; where one is asked of many things, the first of them. */
function pollsOf(feed: Feed): string[] {
  const seen = new Set<string>()
  const rows: string[][] = []
  for (const plan of [...polls(feed, WITHOUT), ...polls(feed, SCOPE)]) {
    const asked = plan.ask(NOW_US)
    if (asked === null || seen.has(asked.request)) continue
    seen.add(asked.request)
    rows.push([
      code(asked.request),
      code(asked.path),
      duration(plan.every_ms),
      asked.headers === undefined ? '' : 'signed',
    ])
  }
  return rows.length === 0 ? [] : [table(['asked', 'path', 'every', ''], rows)]
}

function exampleOf({ title, source, about, text, becomes }: Feed['examples'][number]): string {
  const shown = text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text
  const asked = about === undefined ? '' : ` Answer to ${code(about.path)}.`
  const events = becomes.length === 0 ? 'no event' : becomes.map(code).join(', ')
  const many =
    becomes.length > EVENTS_MAX
      ? `${becomes.slice(0, EVENTS_MAX).map(code).join(', ')} and ${becomes.length - EVENTS_MAX} more`
      : events
  return `*${sentence(title)}*${asked} (${source})\n\n${fence('json', shown)}\n\n→ ${many}`
}
const EVENTS_MAX = 12

function duration(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`
  if (ms % 60_000 === 0 && ms >= 120_000) return `${ms / 60_000} min`
  return ms % 1_000 === 0 ? `${ms / 1_000} s` : `${ms} ms`
}
