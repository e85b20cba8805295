export * from './clock.ts'
export * from './contract.ts'
export * from './supervisor.ts'
export * from './timers.ts'
