import { instant, real, text, type View, whole } from '../view.ts'

/** Views over what a recorder noted of its sources. Datasets that were not recorded here have none of it: the views are empty. */

const dataset = text('dataset', 's.dataset', 'the dataset, by the name of its folder')
const feed = text('feed', 's.feed', 'the source')

/** Health events. */
export const feedHealth: View = {
  name: 'feed_health',
  doc: "Something about a feed's own health: connections, silences, integrity checks, reseeds.",
  columns: [
    dataset,
    instant('time', 's.local_us', 'when it was noted'),
    feed,
    text('line', "nullif(s.line, '')", 'the stream, such as `clob_market/0`; NULL: the whole feed'),
    text('event', 's.event', 'opened, silent, top_mismatch, reseed, seq_gap, …'),
    text('detail', "nullif(s.detail, '')", 'in words'),
    real('value', 's.value', 'as the event says', 'a figure that belongs to it, such as µs or frames'),
  ],
  from: 'raw.side_feed_health s',
}

/** Clock measurements. */
export const clockOffsets: View = {
  name: 'clock_offsets',
  doc: "A measurement of a venue's clock against the recorder's.",
  columns: [
    dataset,
    instant('time', 's.local_us', 'when it was measured'),
    feed,
    real('clock_offset', 's.offset_us / 1e3', 'ms', "the venue's clock less ours"),
    real('round_trip', 's.rtt_us / 1e3', 'ms', 'it is known to half of this'),
    text('how', 's.how', 'from what it was measured'),
  ],
  from: 'raw.side_clock_offsets s',
}

/** Quarantined frames. */
export const quarantine: View = {
  name: 'quarantine',
  doc: 'A frame or an answer that no reader understood; the raw text is in the journal.',
  columns: [
    dataset,
    instant('time', 's.local_us', 'when it came'),
    feed,
    text('line', "nullif(s.line, '')", 'the stream'),
    whole('connection', 's."connection"', 'its connection; NULL for an answer'),
    whole('frame', 's.frame', "which of the connection's frames, from 0"),
    text('request', "nullif(s.request, '')", 'the request that it answers; NULL for a frame'),
    text('reason', 's.reason', 'why it was refused'),
    whole('bytes', 's.bytes', 'its length'),
    text('excerpt', 's.excerpt', 'how it begins; nothing of sockets that were told credentials'),
  ],
  from: 'raw.side_quarantine s',
}
