export { type SimulatorConfig, schema } from './settings.ts'
export * as Simulator from './simulator.ts'
export { SimulatorError } from './simulator-error.ts'
