export * from './datasets.ts'
export * from './installation.ts'
