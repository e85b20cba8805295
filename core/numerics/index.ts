export * from './numerics.ts'
