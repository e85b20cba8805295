/** What a strategy of your own is made of and with. */
export * from '../../core/strategies/facade.ts'
