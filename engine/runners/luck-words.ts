import { BLOCKS_MIN, type Interval, isEnough } from '../luck/index.ts'
import { signedMoney } from './money.ts'

/** `[-219.00, +251.00]`; a dash where there is none. */
export function rangeText({ low, high }: Interval): string {
  return low === null || high === null ? '–' : `[${signedMoney(low)}, ${signedMoney(high)}]`
}

/** `+19.60 [-219.00, +251.00]`; the net alone where too little was traded for an interval to mean anything. */
export function netText(net_usdc: number, interval: Interval): string {
  return isEnough(interval) ? `${signedMoney(net_usdc)} ${rangeText(interval)}` : signedMoney(net_usdc)
}

/** `40 windows`; with how many independent ones they make where that is fewer. */
export function windowsText({ windows, blocks }: Interval): string {
  const counted = `${windows} traded window${windows === 1 ? '' : 's'}`
  return blocks === windows ? counted : `${counted}, ${blocks} apart in time`
}

/** How much an interval tells, in a clause. */
export function intervalNote(interval: Interval): string {
  return isEnough(interval)
    ? `${100 * interval.level} % interval over ${windowsText(interval)}`
    : `${windowsText(interval)}: below ${BLOCKS_MIN} nothing can be told from luck`
}
