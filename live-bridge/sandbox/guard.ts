import { randomBytes, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CONTROL } from './server.ts'

/** Opens the control routes. */
export type Token = string

/** A token for one life of a sandbox. */
export function createToken(): Token {
  return randomBytes(24).toString('base64url')
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/**
 * Keep web pages out. A page of anybody's can send requests to this machine: it shows by its `Origin` and `Sec-Fetch-Site`;
 * a name of its own that it lets point here (DNS rebinding) shows by `Host`. Programs send neither, and are served.
 *
 * @param host what the server listens on. On anything but loopback the routes under `/sandbox/control` want the token, as
 *   `Authorization: Bearer TOKEN`
 */
export function guardRequests(app: FastifyInstance, host: string, token: Token): void {
  const open = isLoopback(host)
  app.addHook('onRequest', async (request, reply) => {
    const name = hostOf(request)
    if (name !== null && isIP(name) === 0 && name !== 'localhost' && name !== host.toLowerCase())
      return refuse(
        reply,
        421,
        'sandbox.host',
        `this is not ${name}`,
        'ask by the address that it listens on',
      )
    if (!isOwnPage(request))
      return refuse(reply, 403, 'sandbox.origin', 'web pages are not served', 'ask from a program')
    if (open || !request.url.startsWith(`${CONTROL}/control`) || bears(request, token)) return undefined
    const fix = 'send the token that was printed at the start: Authorization: Bearer TOKEN'
    return refuse(reply, 401, 'sandbox.token', 'control wants the token', fix)
  })
}

/** The name that is asked for, without its port; null where none is. */
function hostOf({ headers }: FastifyRequest): string | null {
  const { host } = headers
  if (host === undefined || host === '') return null
  return host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
}

function isOwnPage({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  const { origin, host } = headers
  return origin === undefined || origin === `http://${host}`
}

function bears({ headers }: FastifyRequest, token: Token): boolean {
  const given = Buffer.from(headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function refuse(
  reply: FastifyReply,
  status: number,
  code: string,
  message: string,
  fix: string,
): FastifyReply {
  return reply.code(status).send({ code, message, fix })
}
