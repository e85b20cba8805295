import { ONE, SECOND } from '../../../core/units/index.ts'
import { type Sample, scoreSamples } from '../calibration.ts'
import type { Calibration, Tally } from '../data.ts'
import type { RunTables } from './tables.ts'

/** One sample a window in this many seconds. */
const SAMPLE_S = 30

/**
 * The model's `q_up` and the market's mid against outcomes: the first decision in each 30 s of a window at which both
 * were known, in windows whose outcome is Up or Down (not split, not unresolved).
 */
export async function readCalibration(tables: RunTables): Promise<Calibration> {
  const samples = await tables.rows<Sample>(`
    SELECT d.market, arg_min(d.q_up, d.decision) AS model,
           arg_min((d.best_bid + d.best_ask) / ${2 * ONE}, d.decision) AS mid,
           (any_value(w.up_payout) = ${ONE})::DOUBLE AS up
    FROM decisions d JOIN markets m USING (market) JOIN windows w USING (market)
    WHERE d.q_up IS NOT NULL AND d.best_bid > 0 AND d.best_ask > 0
      AND d.time_us >= m.start_us AND d.time_us < m.end_us AND w.class <> 0 AND w.up_payout IN (0, ${ONE})
    GROUP BY d.market, floor((d.time_us - m.start_us) / ${SAMPLE_S * SECOND})
    ORDER BY d.market, min(d.decision)`)
  const by_class = await tables.rows<Tally>(`
    SELECT class AS code, count(*)::DOUBLE AS n FROM windows
    WHERE class <> 0 AND up_payout IN (0, ${ONE}) GROUP BY class ORDER BY class`)
  return { sample_s: SAMPLE_S, by_class, ...scoreSamples(samples) }
}
