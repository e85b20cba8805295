import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { resolve as resolveConfig } from '../../core/config/index.ts'
import { schema as simulatorSchema } from '../../core/simulator/index.ts'
import { parseIso } from '../../core/units/index.ts'
import { simulate } from '../../engine/runners/simulate.ts'
import { fromDataset, startSandbox } from '../../live-bridge/sandbox/index.ts'
import { bookText, START_S, slugAt, writeRecording } from '../../recorders/import/fixtures.ts'
import { cli, json } from '../fixtures/cli.ts'

/**
 * What is spoiled: something whole that this project reads, and the commands that read it. Commands are command lines
 * with `IN` for the spoiled copy and `OUT` for a place that is not there yet.
 */
export type Subject = {
  name: string
  /** Make it whole, in a folder that is there. */
  make(folder: string): Promise<void>
  /** Which of its files are spoiled; every file without. */
  files?: RegExp
  commands: readonly (readonly string[])[]
  /**
   * A command whose JSON says what the content means, such as a hash: where the first command still succeeds, this must
   * say what it says of the whole one. Names of fields that are compared.
   */
  same?: { command: readonly string[]; fields: readonly string[] }
}

/** The one simulated window. */
const SLUG = 'btc-updown-5m-1780272000'

const quiet = { 'sim_outages.per_hour': 0 }
const BACKTEST = ['backtest', 'IN', '--strategy', 'nothing', '--no-audit', '--no-report', '--out', 'OUT']

async function window(out: string): Promise<void> {
  await simulate({
    seed: 3,
    series: '5m',
    start_us: parseIso('2026-06-01T00:00:00Z'),
    windows: 1,
    config: resolveConfig(simulatorSchema, quiet),
    out,
  })
}

/** Thirty seconds of a window, so that a mutant is read in a moment. */
async function cut(folder: string, out: string): Promise<void> {
  const whole = join(folder, 'window')
  await window(whole)
  const range = ['--from', '2026-06-01T00:01:00Z', '--to', '2026-06-01T00:01:30Z']
  await json(['datasets', 'cut', whole, ...range, '--out', out])
}

async function recorded(folder: string): Promise<void> {
  const whole = join(folder, '..', 'served')
  await window(whole)
  const served = await startSandbox({ source: await fromDataset(whole), speed: 'max' })
  try {
    const words = ['record', '--sandbox', served.url, '--out', join(folder, 'in'), '--duration', '2']
    const ran = await cli([...words, '--json'])
    if (ran.code !== 0) throw new Error(ran.err)
  } finally {
    await served.close()
  }
}

const lines = (rows: readonly string[]) => `${rows.join('\n')}\n`

function chainlink(file: string): void {
  const rows = Array.from({ length: 40 }, (_, i) => {
    const ms = 1_780_876_800_000 + i * 1_000
    return `${ms},${63_300 + i}.5,${63_300 + i}500000000000000000,${ms + 900}`
  })
  writeFileSync(file, lines(['feed_ts_ms,value,full_accuracy_value,recv_ms', ...rows]))
}

function kalshi(file: string): void {
  const ticker = 'KXBTC15M-26APR271445-45'
  const rows = Array.from({ length: 20 }, (_, i) => {
    const id = `00000000-0000-0000-0000-${String(i).padStart(12, '0')}`
    const raw = {
      count_fp: '1.00',
      created_time: `2026-04-27T18:30:${String(i).padStart(2, '0')}.123456Z`,
      no_price_dollars: '0.5000',
      taker_side: 'no',
      ticker,
      trade_id: id,
      yes_price_dollars: '0.5000',
    }
    const cell = JSON.stringify(raw).replaceAll('"', '""')
    return `${ticker},${id},${1_777_314_600 + i},0.5,1.0,no,"${cell}"`
  })
  writeFileSync(file, lines(['ticker,trade_id,ts,yes_price,count,taker_side,raw_json', ...rows]))
}

function hourly(file: string): void {
  const db = new DatabaseSync(file)
  db.exec(`CREATE TABLE polydata (id INTEGER PRIMARY KEY, timestamp TEXT, market_name TEXT, token_id TEXT, best_bid REAL,
    best_ask REAL, eth_usdt_spot REAL, outcome TEXT);
    CREATE TABLE p_start_cache (hour_key TEXT PRIMARY KEY, p_start_price REAL);
    INSERT INTO p_start_cache VALUES ('2025-07-21 21', 3755.85), ('2025-07-21 22', 3750.68)`)
  const insert = db.prepare('INSERT INTO polydata VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  for (let i = 0; i < 40; i++) {
    const time = `2025-07-21 21:${String(i).padStart(2, '0')}:00`
    insert.run(i, time, 'Ethereum Up or Down - July 21, 5PM ET', '8722810', 0.36, 0.39, 3753.27, 'DOWN')
  }
  db.close()
}

async function books(file: string): Promise<void> {
  const rows = Array.from({ length: 60 }, (_, i) => ({
    recv_s: START_S + i * 5,
    slug: slugAt(0),
    raw: bookText(
      0,
      0,
      { bids: new Map([[4_000 + i, 5_000_000]]), asks: new Map([[5_000, 7_000_000 + i]]) },
      (START_S + i * 5) * 1_000,
    ),
  }))
  await writeRecording(file, rows)
}

const imports = (kind: string, file: string, write: (path: string) => unknown): Subject => ({
  name: `import-${kind}`,
  make: async (folder) => void (await write(join(folder, file))),
  commands: [['import', kind, `IN/${file}`, '--out', 'OUT']],
})

/** Every subject. */
export const SUBJECTS: readonly Subject[] = [
  {
    name: 'dataset-parquet',
    make: (folder) => cut(join(folder, '..'), join(folder, 'in')),
    commands: [
      ['datasets', 'verify', 'IN/in'],
      ['datasets', 'describe', 'IN/in'],
      ['sql', 'SELECT count(*), max(price) FROM events', '--data', 'IN/in'],
    ],
    same: {
      command: BACKTEST.map((word) => (word === 'IN' ? 'IN/in' : word)),
      fields: ['dataset_hash', 'state_hash', 'net_pnl_usdc'],
    },
  },
  {
    name: 'recording',
    make: recorded,
    commands: [
      ['datasets', 'verify', 'IN/in'],
      ['datasets', 'list', 'IN'],
      ['sql', 'SELECT count(*) FROM events', '--data', 'IN/in'],
      ['datasets', 'rebuild', 'IN/in', '--out', 'OUT'],
    ],
  },
  {
    name: 'run',
    async make(folder) {
      await window(join(folder, '..', 'traded'))
      const words = ['backtest', join(folder, '..', 'traded'), '--strategy', 'market-maker', '--no-audit']
      await json([...words, '--out', join(folder, 'in')])
    },
    files: /\.(json|parquet)$/,
    commands: [
      ['report', 'IN/in'],
      ['explain', 'IN/in', '--decision', '5'],
      ['sql', 'SELECT count(*) FROM fills', '--run', 'IN/in'],
      ['replay', 'IN/in', '--verify'],
    ],
  },
  {
    name: 'settings',
    make: async (folder) =>
      writeFileSync(
        join(folder, 'lockstep.toml'),
        '[exchange]\nfill = "depth"\nentry_latency_ms = 50\n\n[risk]\nper_trade_usdc = 50\n\n[recorder]\nflush_ms = 200\n',
      ),
    commands: [['doctor', '--config', 'IN/lockstep.toml']],
  },
  imports('chainlink-1hz', 'BTCUSD-prices-2026-06-08.csv', chainlink),
  imports('kalshi-trades', 'KXBTC15M-26APR271445-45.csv', kalshi),
  imports('hourly-sqlite', 'polls.db', hourly),
  imports('clob-l2', 'books.parquet', books),
  {
    name: 'import-hftbacktest',
    async make(folder) {
      await cut(join(folder, '..'), join(folder, '..', 'cut'))
      const out = ['--market', SLUG, '--out', join(folder, 'in.npz')]
      await json(['export', 'hftbacktest', join(folder, '..', 'cut'), ...out])
    },
    commands: [['import', 'hftbacktest', 'IN/in.npz', '--market', SLUG, '--out', 'OUT']],
  },
]
