import { counted, percent } from '../format.ts'
import type { RunFile } from '../run-file.ts'
import { takenWords } from '../taken-words.ts'
import type { Note } from './notes.ts'

/** Notes on size: what the run took of what others displayed and traded, and fills beyond what anybody recorded. */
export function takenNotes(run: RunFile): Note[] {
  const notes: Note[] = takenWords(run).map(({ value, of, lie }) => ({
    towards: 'flatters',
    text: lie
      ? `The run’s fills are ${value} ${of}. More than a fifth is a known lie: a market that loses so much does not go on as this tape does.`
      : `The run’s fills are ${value} ${of}, and nobody noticed.`,
  }))
  if (run.beyond_display > 0) {
    notes.push({
      towards: 'flatters',
      text: `${counted(run.beyond_display, 'fill')} (${percent(run.beyond_display, run.fills)}) at a touch whose size nobody recorded: however large, they were filled whole.`,
    })
  }
  return notes
}
