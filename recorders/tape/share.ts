/** How much of a dataset is made: rows go to the tape first, and a part of them at a time is turned into the archive form. */
export type MadeShare = {
  /** So much of what there is to read or to make is on the tape, from 0 to 1. */
  taken(share: number): void
  /** So many of the rows that are on the tape are in the archive form. */
  archived(rows: number, of: number): void
}

/** Packing costs several times what making or reading rows does. */
const TAKING = 0.2

/**
 * Joins both into one share that never falls. How many rows there will be is not known before the end: as many as the part that is
 * taken says.
 *
 * @param tell gets the share, from 0 to 1
 */
export function madeShare(tell: (share: number) => void): MadeShare {
  let taken = 0
  let archived = 0
  let told = 0
  function update(): void {
    told = Math.max(told, TAKING * taken + (1 - TAKING) * archived * taken)
    tell(told)
  }
  return {
    taken(share) {
      taken = share
      update()
    },
    archived(rows, of) {
      archived = rows / of
      update()
    },
  }
}
