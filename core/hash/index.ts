export * as Batch from './batch.ts'
export * as Chain from './chain.ts'
export * as Mix from './mix.ts'
export * as Plain from './plain.ts'
