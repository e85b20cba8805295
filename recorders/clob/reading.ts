import type { Micros } from '../../core/units/index.ts'
import type { Out } from '../feeds/feed.ts'
import type { ClobEvent } from './clob-event.ts'
import { marketOf, upOf } from './places.ts'
import type { ClobSettings } from './settings.ts'
import type { Clob } from './state.ts'
import { createTold, own, type Told } from './views.ts'

/** What the present message is read with. */
export type Reading = {
  out: Out
  clob: Clob
  settings: ClobSettings
  event: ClobEvent
  now_us: Micros
  line: string
}

/** What is told of the market of a token, from here on by this connection. HOT. */
export function toldOf({ out, clob }: Reading, instrument: number, connection: number): Told {
  let told = clob.byInstrument[instrument]
  if (told === undefined) {
    const market = marketOf(out, instrument)
    const up = upOf(out, instrument)
    told = createTold(market, up, out.instruments.markets[market]!.tick ?? 0)
    clob.told.set(market, told)
    clob.byInstrument[up] = told
    clob.byInstrument[up + 1] = told
  }
  if (told.owner !== connection) own(told, connection)
  return told
}
