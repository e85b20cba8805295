export * from './cache.ts'
export * from './database.ts'
export * from './datasets.ts'
export * from './installation.ts'
