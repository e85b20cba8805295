export * as Rng from './rng.ts'
