export * from './clock.ts'
export * as TimeQueue from './time-queue.ts'
