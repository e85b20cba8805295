import { constants, createPrivateKey, type KeyObject, sign } from 'node:crypto'
import type { Secrets } from './feed.ts'

/**
 * Headers that sign a request for Kalshi (protocol.md §11.1): RSA-PSS with SHA-256, a salt as long as the digest, over time,
 * method and path.
 *
 * @param secrets `key_id`, and `private_key` as PEM; line ends may be written as `\n`
 * @param path as in the address: with `/trade-api/…`, and what follows a `?` is left out of the signature
 * @throws KalshiKeyError `kalshi.key` where either is missing or no RSA key
 */
export function kalshiHeaders(
  secrets: Secrets,
  now_ms: number,
  method: string,
  path: string,
): Readonly<Record<string, string>> {
  const { key_id = '', private_key = '' } = secrets
  if (key_id === '') throw new KalshiKeyError('key_id', 'is missing')
  const time = String(Math.floor(now_ms))
  const text = time + method + path.split('?', 1)[0]!
  const signature = sign('sha256', Buffer.from(text), {
    key: rsaKey(private_key),
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  })
  return {
    'KALSHI-ACCESS-KEY': key_id,
    'KALSHI-ACCESS-TIMESTAMP': time,
    'KALSHI-ACCESS-SIGNATURE': signature.toString('base64'),
  }
}

function rsaKey(pem: string): KeyObject {
  if (pem === '') throw new KalshiKeyError('private_key', 'is missing')
  let key: KeyObject
  try {
    key = createPrivateKey(pem.replaceAll('\\n', '\n'))
  } catch {
    // What the library says may quote the key.
    throw new KalshiKeyError('private_key', 'is no private key in PEM form')
  }
  if (key.asymmetricKeyType !== 'rsa') throw new KalshiKeyError('private_key', 'is no RSA key')
  return key
}

/** Credentials that cannot sign. `field` names which; no value is in it. */
export class KalshiKeyError extends Error {
  readonly code = 'kalshi.key'
  readonly field: string
  constructor(field: string, fault: string) {
    super(`the Kalshi credential ${field} ${fault}: take both from the API key that Kalshi made for you`)
    this.name = 'KalshiKeyError'
    this.field = field
  }
}
