import type { Section, Values } from '../../config/index.ts'

const ns = (value: number, min: number, doc: string) =>
  ({ type: 'number', default: value, min, max: 60_000_000_000, integer: true, unit: 'ns', doc }) as const

/** Settings of the compatibility mode. The defaults are the oracle's; its tables hold for nothing else. */
export const settings = {
  calls: {
    type: 'choice',
    default: 'period',
    choices: ['period', 'feed'],
    unit: '',
    doc: 'when the strategy is called: at the end of every period, or at every time at which rows reach it',
  },
  period: ns(100_000_000, 1, 'time between two calls of the strategy; not used where calls is feed'),
  feed_latency: ns(20_000_000, 0, 'from an event at the exchange to the strategy seeing it'),
  entry_latency: ns(30_000_000, 0, 'from sending an order or cancel to the exchange acting on it'),
  response_latency: ns(30_000_000, 0, 'from a fill or decision of the exchange to the strategy knowing it'),
  order_size: {
    type: 'number',
    default: 10,
    min: 1,
    max: 1_000_000,
    integer: true,
    unit: 'units',
    doc: 'size of each quote',
  },
  max_position: {
    type: 'number',
    default: 100,
    min: 0,
    max: 1_000_000_000,
    integer: true,
    unit: 'units',
    doc: 'no bid at or above this position, no offer at or below its negative',
  },
  orders_max: {
    type: 'number',
    default: 1024,
    min: 2,
    max: 65_535,
    integer: true,
    unit: 'orders',
    doc: 'orders alive or under way at once; more is an error, not a wait',
  },
} as const satisfies Section

export type Settings = Values<typeof settings>
