import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { byName } from '../../core/strategies/registry.ts'
import type { Strategy } from '../../core/strategies/strategy.ts'
import { audit } from '../../engine/runners/audit.ts'
import { backtestConfig } from '../../engine/runners/backtest-config.ts'
import { execute, type RunInput } from '../../engine/runners/execute.ts'
import type { RunFile } from '../../engine/runners/run-folder.ts'
import { type Figures, figuresOf } from '../../engine/runners/summary.ts'
import { openTape, type Tape } from '../../engine/runners/tape.ts'
import { temporary } from '../fixtures/folders.ts'
import { smallDataset } from '../fixtures/synthetic-dataset.ts'

const root = temporary()
let tape: Tape

beforeAll(async () => {
  await smallDataset(join(root, 'small'), { windows: 1 })
  tape = await openTape([join(root, 'small')])
})

function inputOf(strategy: Strategy, params: string[] = []): RunInput {
  return { tape, strategy, config: backtestConfig(strategy, tape, { cwd: null, env: {}, params }), seed: 1 }
}

async function figures(input: RunInput): Promise<Figures> {
  return figuresOf(await execute(input))
}

describe('the table', () => {
  test.each(['market-maker', 'random', 'divergence'])(
    '%s: every cell and control is what a run of its own gives',
    async (name) => {
      const strategy = byName(name)
      const made = await audit(inputOf(strategy))
      expect(made.cells).toHaveLength(18)
      expect(new Set(made.cells.map((cell) => `${cell.fill} ${cell.latency_ms}`)).size).toBe(18)
      for (const cell of made.cells) {
        const own = await figures(
          inputOf(strategy, [
            `exchange.fill=${cell.fill}`,
            `exchange.entry_latency_ms=${cell.latency_ms}`,
            `exchange.response_latency_ms=${cell.latency_ms}`,
          ]),
        )
        const { net_pnl_usdc, net_pnl_interval_usdc, fills, maker_fills, volume_usdc } = own
        expect(cell).toMatchObject({ net_pnl_usdc, net_pnl_interval_usdc, fills, maker_fills, volume_usdc })
      }
      for (const control of made.controls) {
        const nets: number[] = []
        for (const seed of control.seeds) {
          nets.push((await figures({ ...inputOf(byName(control.strategy)), seed })).net_pnl_usdc)
        }
        expect(control.mean).toBeCloseTo(nets.reduce((sum, net) => sum + net, 0) / nets.length, 5)
      }
      expect(made.controls.map(({ seeds }) => seeds.length)).toEqual([10, 1])
    },
  )

  test('reads the tape once', async () => {
    let reads = 0
    let chunks = 0
    const counted: Tape = {
      ...tape,
      read(options) {
        reads++
        return (async function* () {
          for await (const columns of tape.read({ ...options, chunk_rows: 1_000 })) {
            chunks++
            yield columns
          }
        })()
      },
    }
    const told: number[] = []
    await audit(
      { ...inputOf(byName('market-maker')), tape: counted },
      { progress: (rows) => told.push(rows) },
    )
    expect(reads).toBe(1)
    expect(chunks).toBe(Math.ceil(tape.rows / 1_000))
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(told.at(-1)).toBe(tape.rows)
  })
})

describe('the run itself', () => {
  test('is one of the cells where its latency is one of theirs, and made again beside them where it is not', async () => {
    const strategy = byName('market-maker')
    for (const [params, cell] of [
      [[], true],
      [
        ['exchange.fill=queue-neutral', 'exchange.entry_latency_ms=100', 'exchange.response_latency_ms=100'],
        true,
      ],
      [['exchange.entry_latency_ms=70'], false],
      [['exchange.fill=depth'], false],
      [['exchange.latency_model=exponential'], false],
    ] as const) {
      const input = inputOf(strategy, [...params])
      const own = await figures(input)
      const { run } = await audit(input, { run: own as RunFile })
      expect(run).toMatchObject({ cell, net_pnl_usdc: own.net_pnl_usdc })
    }
  })

  test('that remembers something outside its state is refused, with the figure that changed', async () => {
    let decisions = 0
    const plain = byName('market-maker')
    const forgetful: Strategy = {
      ...plain,
      on(state, view, desired) {
        if (++decisions > 500) return
        plain.on(state, view, desired)
      },
    }
    const input = inputOf(forgetful)
    const own = await figures(input)
    expect(decisions).toBeGreaterThan(500)
    await expect(audit(input, { run: { ...own, code_version: '' } as RunFile })).rejects.toMatchObject({
      code: 'audit.own_cell',
      field: expect.any(String),
    })
  })

  test('with figures that were written by hand is refused', async () => {
    const input = inputOf(byName('market-maker'))
    const own = await figures(input)
    await expect(
      audit(input, { run: { ...own, net_pnl_usdc: own.net_pnl_usdc + 1 } as RunFile }),
    ).rejects.toMatchObject({ code: 'audit.own_cell', field: 'net_pnl_usdc' })
  })
})

test('stops when it is told to', async () => {
  const controller = new AbortController()
  const stopped = audit(inputOf(byName('market-maker')), {
    signal: controller.signal,
    progress: () => controller.abort(new Error('enough')),
  })
  await expect(stopped).rejects.toThrow('enough')
})
