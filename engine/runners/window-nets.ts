import { ResolutionCode } from '../../core/machine/records.ts'
import type { World } from '../../core/machine/world.ts'
import { Windows } from '../../core/portfolio/index.ts'
import type { WindowNet } from '../luck/index.ts'

/** What each window with a known outcome made, by market. */
export function windowNets({ machine }: World): WindowNet[] {
  const { ledger, windows } = machine.state
  const result = Windows.createResult()
  return machine.instruments.markets.flatMap(({ start_us, end_us }, market): WindowNet[] => {
    if (windows.class[market] === ResolutionCode.UNRESOLVED) return []
    const { parts } = Windows.result(windows, ledger, market, result)
    const { fills, max_unpaired } = ledger.now
    // A share pays 1 USDC at most, so as many micro-USDC as micro-shares.
    return [{ start_us, end_us, net: parts.net, stake: max_unpaired[market]!, fills: fills[market]! }]
  })
}
