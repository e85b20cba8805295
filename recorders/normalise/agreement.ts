import type { Micros } from '../../core/units/index.ts'

/**
 * What the connections of a line have said, for a short while and in bounded number: what all of them say is said once;
 * what only some say, the others missed.
 */
export type Agreement = {
  /** Events not yet judged, oldest first. */
  readonly events: Map<string, Said>
  /** Missed events not yet told, by connection. */
  readonly missed: Map<number, number>
  /** Events that were dropped unjudged because there were too many. */
  unjudged: number
}
type Said = { first_us: Micros; by: number[] }

/** As plain data. */
export type AgreementState = {
  events: [identity: string, first_us: Micros, by: number[]][]
  missed: [connection: number, count: number][]
  unjudged: number
}

/** Nothing said yet, or as a state says. */
export function createAgreement(state?: AgreementState): Agreement {
  const events = (state?.events ?? []).map(([identity, first_us, by]): [string, Said] => [
    identity,
    { first_us, by: [...by] },
  ])
  return {
    events: new Map(events),
    missed: new Map(state?.missed),
    unjudged: state?.unjudged ?? 0,
  }
}

/** As plain data. */
export function agreementState({ events, missed, unjudged }: Agreement): AgreementState {
  return {
    events: [...events].map(([identity, { first_us, by }]) => [identity, first_us, [...by]]),
    missed: [...missed],
    unjudged,
  }
}

/** Who said an event before. */
export const Heard = { NEW: 0, ELSEWHERE: 1, REPEATED: 2 } as const

/**
 * A connection says an event.
 *
 * @returns whether nobody said it yet, another connection did, or this one itself
 */
export function hear(agreement: Agreement, identity: string, connection: number, now_us: Micros): number {
  const said = agreement.events.get(identity)
  if (said === undefined) {
    agreement.events.set(identity, { first_us: now_us, by: [connection] })
    return Heard.NEW
  }
  if (said.by.includes(connection)) return Heard.REPEATED
  said.by.push(connection)
  return Heard.ELSEWHERE
}

/**
 * Judge events that are old enough: a connection that was open all the while and has not said one has missed it.
 *
 * @param connections open ones
 * @param age_us how long a connection has to say what another said
 * @param limit how many events may wait at most
 */
export function judge(
  agreement: Agreement,
  connections: readonly { id: number; opened_us: Micros }[],
  now_us: Micros,
  age_us: Micros,
  limit: number,
): void {
  const { events, missed } = agreement
  for (const [identity, { first_us, by }] of events) {
    if (first_us > now_us - age_us) {
      if (events.size <= limit) return
      agreement.unjudged++
    } else if (by.length < connections.length) {
      for (const { id, opened_us } of connections) {
        if (opened_us + age_us <= first_us && !by.includes(id)) missed.set(id, (missed.get(id) ?? 0) + 1)
      }
    }
    events.delete(identity)
  }
}
