import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Schema } from '../../core/config/index.ts'
import { loadConfig, type Sources } from './index.ts'

const schema = {
  risk: {
    per_trade: { type: 'number', default: 50, min: 1, max: 1000, unit: 'USDC', doc: '' },
    venues: { type: 'list', default: ['a'], unit: '', doc: '' },
    on_drawdown: { type: 'choice', default: 'halt', choices: ['halt', 'record'], unit: '', doc: '' },
  },
  volatility: {
    half_life: { type: 'number', default: 60, min: 1, max: 3600, unit: 's', doc: '' },
    strict: { type: 'flag', default: false, unit: '', doc: '' },
  },
} as const satisfies Schema

const root = mkdtempSync(join(tmpdir(), 'config-'))
afterAll(() => rmSync(root, { recursive: true }))

let count = 0
/** A folder with a lockstep.toml of this content. */
function folder(toml: string): string {
  const path = mkdtempSync(join(root, `${count++}-`))
  writeFileSync(join(path, 'lockstep.toml'), toml)
  return path
}

const load = (sources: Partial<Sources>) => loadConfig(schema, { cwd: root, env: {}, params: [], ...sources })

describe('values', () => {
  test('are the defaults where nothing is said', () => {
    const { config, origins, file } = load({})
    expect(config).toEqual({
      risk: { per_trade: 50, venues: ['a'], on_drawdown: 'halt' },
      volatility: { half_life: 60, strict: false },
    })
    expect(new Set(Object.values(origins))).toEqual(new Set(['default']))
    expect(file).toBeNull()
  })

  test('of later sources win: profile, file, environment, parameters', () => {
    const cwd = folder('[risk]\nper_trade = 3\n[volatility]\nhalf_life = 3\n')
    const profile = { name: 'april', overrides: { 'risk.per_trade': 2, 'volatility.half_life': 2 } }
    const all = { cwd, profile, env: { LOCKSTEP_RISK__PER_TRADE: '4' }, params: ['risk.per_trade=5'] }
    const value = (sources: Partial<Sources>) => {
      const { config, origins } = load(sources)
      return [config.risk.per_trade, origins['risk.per_trade']]
    }
    expect(value(all)).toEqual([5, 'flag --param'])
    expect(value({ ...all, params: [] })).toEqual([4, 'environment variable LOCKSTEP_RISK__PER_TRADE'])
    expect(value({ cwd, profile })).toEqual([3, `file ${join(cwd, 'lockstep.toml')}`])
    expect(value({ profile })).toEqual([2, 'profile april'])
    expect(load(all).origins['volatility.half_life']).toBe(`file ${join(cwd, 'lockstep.toml')}`)
    expect(load(all).origins['volatility.strict']).toBe('default')
  })

  test('of every kind are read from every source', () => {
    const expected = { venues: ['b', 'c'], on_drawdown: 'record' }
    const cwd = folder('[risk]\nvenues = ["b", "c"]\non_drawdown = "record"\n[volatility]\nstrict = true\n')
    const env = {
      LOCKSTEP_RISK__VENUES: 'b, c',
      LOCKSTEP_RISK__ON_DRAWDOWN: 'record',
      LOCKSTEP_VOLATILITY__STRICT: 'true',
    }
    const params = ['risk.venues=b,c', 'risk.on_drawdown=record', 'volatility.strict=true']
    for (const sources of [{ cwd }, { env }, { params }]) {
      const { config } = load(sources)
      expect(config.risk).toMatchObject(expected)
      expect(config.volatility.strict).toBe(true)
    }
  })

  test('a file named by the user is read from where the user stands', () => {
    const cwd = folder('[risk]\nper_trade = 7\n')
    expect(load({ cwd: join(cwd, '..'), file: join(cwd, 'lockstep.toml') }).config.risk.per_trade).toBe(7)
    expect(load({ cwd, file: 'lockstep.toml' }).file).toBe(join(cwd, 'lockstep.toml'))
  })

  test('the last of two parameters wins, and a value may hold an equals sign', () => {
    expect(load({ params: ['risk.per_trade=1', 'risk.per_trade=2'] }).config.risk.per_trade).toBe(2)
    expect(load({ params: ['risk.venues=a=b'] }).config.risk.venues).toEqual(['a=b'])
  })

  test('other variables of the environment are left alone', () => {
    expect(() => load({ env: { LOCKSTEP_DATA: 'x', PATH: '/bin', OTHER__KEY: '1' } })).not.toThrow()
  })
})

describe('refusals name key, value, what is allowed and the source', () => {
  const bad = (toml: string): Partial<Sources> => ({ cwd: folder(toml) })
  test.each<[string, Partial<Sources>, string, RegExp]>([
    [
      'range, file',
      bad('[risk]\nper_trade = 0\n'),
      'config.range',
      /risk\.per_trade = 0 .*from 1 to 1000 USDC.*file .*lockstep\.toml/,
    ],
    [
      'range, environment',
      { env: { LOCKSTEP_RISK__PER_TRADE: '1e9' } },
      'config.range',
      /"1e9".*1000.*LOCKSTEP_RISK__PER_TRADE/,
    ],
    ['range, flag', { params: ['risk.per_trade=-1'] }, 'config.range', /"-1".*flag --param/],
    [
      'range, profile',
      { profile: { name: 'april', overrides: { 'risk.per_trade': -1 } } },
      'config.range',
      /profile april/,
    ],
    ['type, file', bad('[risk]\nper_trade = "much"\n'), 'config.type', /a number/],
    ['type, date', bad('[risk]\nper_trade = 2026-04-15\n'), 'config.type', /a number/],
    ['type, nan', bad('[risk]\nper_trade = nan\n'), 'config.type', /a number/],
    ['choice', { params: ['risk.on_drawdown=stop'] }, 'config.choice', /one of halt, record/],
    [
      'key, flag',
      { params: ['risk.pertrade=1'] },
      'config.unknown',
      /risk\.pertrade.*such as risk\.per_trade/,
    ],
    [
      'key, environment',
      { env: { LOCKSTEP_RISK__PERTRADE: '1' } },
      'config.unknown',
      /such as risk\.per_trade.*LOCKSTEP_RISK__PERTRADE/,
    ],
    ['section, file', bad('[risks]\nper_trade = 1\n'), 'config.unknown', /risks\.per_trade/],
    ['key outside of sections', bad('per_trade = 1\n'), 'config.unknown', /outside of any section/],
    ['inherited names', { params: ['risk.constructor=1'] }, 'config.unknown', /risk\.constructor/],
    ['table in a section', bad('[risk.per_trade]\nmax = 1\n'), 'config.type', /a number/],
    ['not TOML', bad('[risk\nper_trade = 1\n'), 'config.toml', /not TOML/],
    ['no file', { file: 'none.toml' }, 'config.file', /none\.toml does not exist/],
    ['no value', { params: ['risk.per_trade'] }, 'config.param', /section\.key=value/],
    ['no key', { params: ['=1'] }, 'config.param', /section\.key=value/],
  ])('%s', (_what, sources, code, message) => {
    expect(() => load(sources)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringMatching(message),
        fix: expect.stringMatching(/./),
      }),
    )
  })

  test('a wrong value is refused also where a later source would hide it', () => {
    const cwd = folder('[risk]\nper_trade = 0\n')
    expect(() => load({ cwd, params: ['risk.per_trade=5'] })).toThrow(
      expect.objectContaining({ code: 'config.range' }),
    )
  })

  test('file and line are given where there are such', () => {
    const cwd = folder('[risk]\nper_trade = = 1\n')
    expect(() => load({ cwd })).toThrow(expect.objectContaining({ file: join(cwd, 'lockstep.toml'), row: 2 }))
  })
})

describe('sections of other commands', () => {
  const others = ['recorder']

  test('stand in the same file and environment, and are left alone', () => {
    const cwd = folder('[risk]\nper_trade = 3\n[recorder]\nflush_ms = 5\n')
    const env = { LOCKSTEP_RECORDER__FLUSH_MS: '7' }
    const { config, origins } = load({ cwd, env, others })
    expect(config.risk.per_trade).toBe(3)
    expect(Object.keys(config)).toEqual(['risk', 'volatility'])
    expect(origins).not.toHaveProperty('recorder.flush_ms')
    expect(() => load({ cwd })).toThrow(/recorder/)
    expect(() => load({ env })).toThrow(/recorder/)
  })

  test('are refused as parameters, and where nobody has them', () => {
    expect(() => load({ params: ['recorder.flush_ms=5'], others })).toThrow(/recorder\.flush_ms/)
    expect(() => load({ cwd: folder('[recoder]\nflush_ms = 5\n'), others })).toThrow(/recoder/)
  })
})
