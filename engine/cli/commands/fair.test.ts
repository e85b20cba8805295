import { expect, test } from 'vitest'
import { capture } from '../capture.ts'
import { runCli } from '../run.ts'

async function fair(...argv: string[]) {
  const { io, out, err } = capture()
  const code = await runCli(['fair', ...argv], io)
  return { code, out: out(), err: err() }
}

const spot = ['--s0', '73571.39', '--st', '73447.02', '--sigma', '7.19e-05', '--tau', '215.93']
const twap = [
  '--settlement',
  'twap',
  '--s0',
  '72203.36',
  '--st',
  '72208.69',
  '--sigma',
  '7.96e-05',
  '--tau',
  '45.342',
]

test.each([
  [[...spot, '--mu', '-8.332e-07'], 0.038182990546952185, -1.7721721743526955, 0.005646537341995027],
  [[...twap, '--mean', '72198.35'], 0.5659441958560731, 0.16605761629001964, 0.10121211331858543],
  [
    [
      '--settlement',
      'twap',
      '--s0',
      '75357.26',
      '--st',
      '75283.96',
      '--sigma',
      '3.85e-05',
      '--tau',
      '137.073',
      '--lookback',
      '30',
    ],
    0.009736238679588687,
    -2.336360182036162,
    0.0024063918302219007,
  ],
])('independent values: %j', async (argv, q_up, z, speed) => {
  const { code, out } = await fair(...argv, '--json')
  expect(code).toBe(0)
  const answer = JSON.parse(out)
  expect(Object.keys(answer)).toEqual(['q_up', 'z', 'speed_per_sqrt_s'])
  expect(Math.abs(answer.q_up - q_up)).toBeLessThan(1e-9)
  expect(Math.abs(answer.z - z)).toBeLessThan(1e-9)
  expect(Math.abs(answer.speed_per_sqrt_s - speed)).toBeLessThan(1e-9)
})

test('where nothing is left to chance there is no score', async () => {
  const end = await fair('--s0', '70000', '--st', '70000', '--sigma', '6e-5', '--tau', '0', '--json')
  expect(end.out).toBe('{"q_up":1,"z":null,"speed_per_sqrt_s":null}\n')
  const below = await fair('--s0', '70000', '--st', '69999.99', '--sigma', '6e-5', '--tau', '0', '--json')
  expect(below.out).toBe('{"q_up":0,"z":null,"speed_per_sqrt_s":null}\n')
})

test('without --json names and values', async () => {
  expect((await fair(...spot)).out).toMatch(/^q_up +0\.0545\d+\nz +-1\.60\d+\nspeed per √s +0\.0075\d+\n$/)
})

test.each([
  [twap, '--mean'], // inside the look-back the mean decides
  [['--settlement', 'vwap', ...spot], '--settlement'],
  [[...spot, '--sigma', '-1'], '--sigma'],
  [[...spot, '--sigma', ''], '--sigma'],
  [[...spot, '--st', '0'], '--st'],
  [[...spot, '--tau', 'soon'], '--tau'],
  [[...spot, '--mu', 'Infinity'], '--mu'],
  [[...twap, '--mean', '72198.35', '--lookback', '0'], '--lookback'],
])('%j is a mistake of usage that names %s', async (argv, field) => {
  const result = await fair(...argv, '--json')
  expect(result).toMatchObject({ code: 2, out: '' })
  expect(JSON.parse(result.err)).toMatchObject({ code: 'usage.value', field })
})
