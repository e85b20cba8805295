import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Credentials } from './credentials.ts'
import { readFault } from './faults/fault.ts'
import type { SandboxControl } from './sandbox.ts'
import { SandboxError } from './sandbox-error.ts'
import { CONTROL } from './server.ts'
import type { SandboxStatus } from './status.ts'
import { readSpeed } from './tape-clock.ts'
import { query } from './venues/venue.ts'

/** What the sandbox's own routes work with. */
export type ControlDesk = {
  control: SandboxControl
  status(): SandboxStatus
  endpoints(): Readonly<Record<string, string>>
  credentials: Credentials
}

/** The sandbox's own routes: how it stands, where its endpoints are, and what it is to do. */
export function controlRoutes(app: FastifyInstance, desk: ControlDesk): void {
  const { control, status } = desk
  app.get(`${CONTROL}/status`, (_request, reply) => reply.send(status()))
  app.get(`${CONTROL}/endpoints`, (_request, reply) => reply.send(desk.endpoints()))
  app.get(`${CONTROL}/credentials`, (_request, reply) => {
    const { key_id, private_key } = desk.credentials.kalshi()
    return reply.send({ clob: desk.credentials.clob, kalshi: { key_id, private_key } })
  })
  for (const verb of ['play', 'pause', 'stop'] as const) {
    app.post(`${CONTROL}/control/${verb}`, (_request, reply) => {
      control[verb]()
      return reply.send(status())
    })
  }
  app.post(`${CONTROL}/control/speed`, (request, reply) =>
    answer(reply, () => {
      control.speed(readSpeed((request.body as { speed?: unknown } | null)?.speed))
      return status()
    }),
  )
  app.post(`${CONTROL}/control/fault`, (request, reply) =>
    answer(reply, () => {
      const { id, name, feed, args } = control.fault(
        readFault((request.body ?? {}) as Record<string, unknown>),
      )
      return { id, name, feed, args }
    }),
  )
  app.delete(`${CONTROL}/control/fault`, (request, reply) => {
    const which = query(request)
    const id = which.id?.[0]
    return reply.send({ cleared: control.clear(id === undefined ? (which.name?.[0] ?? null) : Number(id)) })
  })
}

function answer(reply: FastifyReply, act: () => unknown): FastifyReply {
  try {
    return reply.send(act())
  } catch (thrown) {
    if (!(thrown instanceof SandboxError)) throw thrown
    const { code, message, field, fix } = thrown
    return reply.code(400).send({ code, message, field, fix })
  }
}
