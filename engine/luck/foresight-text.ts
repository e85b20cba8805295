/** What is needed to say how the model stands against the naive one. */
type Compared = { difference: number; low: number | null; high: number | null; level: number }

/** The difference of two Brier scores with its interval, and which of the two was better, where that is to be told. */
export function foresightText({ difference, low, high, level }: Compared): string {
  const mean = signed(difference)
  if (low === null || high === null) return `difference ${mean}, one window cannot tell them apart`
  const numbers = `difference ${mean} [${signed(low)}, ${signed(high)}] (${Math.round(100 * level)} % over windows)`
  if (low > 0) return `${numbers}, worse than naive`
  return high < 0 ? `${numbers}, better than naive` : `${numbers}, not to be told apart`
}

const signed = (value: number) => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(4)}`
