import { readFileSync } from 'node:fs'

/** What a process took of the machine, from /proc: Linux alone. */
export type Taken = { cpu_s: number; rss_bytes: number }

/** Ticks of the kernel's clock a second, as it shows times of processes. */
const TICKS = 100
const PAGE_BYTES = 4_096

/** Processor time of a process and its threads so far, and the memory it holds now. */
export function takenBy(pid: number): Taken {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // Behind the name in brackets, which may hold spaces: utime and stime are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
  return { cpu_s: (Number(fields[11]) + Number(fields[12])) / TICKS, rss_bytes: pages * PAGE_BYTES }
}
