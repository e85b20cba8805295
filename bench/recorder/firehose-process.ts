import { startFirehose } from './firehose.ts'

/** The firehose in a process of its own: it must not share a core's time with what it measures. */

/** What the bench says to it, and what it answers. */
export type Told = { talk: { messages_per_s: number; seconds: number } } | { end: true }

const [count, start_s] = process.argv.slice(2).map(Number) as [number, number]
const firehose = await startFirehose(count, start_s)
process.send!({ url: firehose.url })
const counting = setInterval(() => process.send!({ subscribed: firehose.subscribed() }), 100)
process.on('message', async (told: Told) => {
  if ('end' in told) process.exit(0)
  clearInterval(counting)
  process.send!({ sent: await firehose.talk(told.talk.messages_per_s, told.talk.seconds) })
})
