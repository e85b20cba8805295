import type { Feed } from '../feeds/feed.ts'
import type { FeedName } from '../journal/record.ts'
import type { Endpoints } from './endpoints.ts'
import { type FeedSecrets, SecretError, type SecretHosts } from './secrets.ts'

/** Where the credentials of a source are sent. */
export type Destination = { feed: FeedName; hosts: readonly string[] }

type Addressed = Pick<Feed, 'name' | 'endpoints'>

/**
 * Where credentials go: to the hosts that are built in, over TLS. Another address, which a configuration file can name, gets
 * them only where the environment says so ({@link SecretHosts}); in clear only on this machine.
 *
 * @throws SecretError `secrets.host` naming the address and the variable
 */
export function destinationsOf(
  feeds: readonly Addressed[],
  endpoints: Endpoints,
  secrets: FeedSecrets,
  allowed: SecretHosts,
): Destination[] {
  return feeds
    .filter(({ name }) => Object.keys(secrets[name] ?? {}).length > 0)
    .map((feed) => ({ feed: feed.name, hosts: hostsOf(feed, endpoints, allowed[feed.name]) }))
}

function hostsOf({ name, endpoints: own }: Addressed, endpoints: Endpoints, allowed?: string): string[] {
  const built_in = new Set(Object.values(own).map((address) => new URL(address).host))
  const hosts = new Set<string>()
  for (const role of Object.keys(own)) {
    const { protocol, host, hostname } = new URL(endpoints[`${name}.${role}`]!)
    const variable = `LOCKSTEP_SECRET_${name.toUpperCase()}_HOST`
    if (!built_in.has(host) && host !== allowed)
      throw new SecretError(
        'secrets.host',
        variable,
        `endpoints.${name}_${role} is ${protocol}//${host}, which is no host of ${name}: credentials are not sent there`,
        `take the setting away, or say ${variable}=${host} in the environment`,
      )
    if (!/^(wss|https):$/.test(protocol) && !isOwnMachine(hostname))
      throw new SecretError(
        'secrets.host',
        variable,
        `endpoints.${name}_${role} is ${protocol}//${host}, which is not encrypted: credentials are not sent there`,
        'give an address of wss:// or https://',
      )
    hosts.add(host)
  }
  return [...hosts]
}

/** Nothing leaves this machine on the way there. */
export function isOwnMachine(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
