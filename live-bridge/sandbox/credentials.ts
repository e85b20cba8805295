import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'

/** The keys that this sandbox accepts, and gives to whoever asks: they open nothing else. */
export type Credentials = {
  clob: { apiKey: string; secret: string; passphrase: string; address: string }
  kalshi(): { key_id: string; private_key: string; public_key: KeyObject }
}

const RSA_BITS = 2_048

/** Fixed CLOB keys; a Kalshi key of its own, made when first asked for, because that takes a moment. */
export function createCredentials(kalshi_private_key?: string): Credentials {
  let kalshi: ReturnType<Credentials['kalshi']> | undefined
  return {
    clob: {
      apiKey: '00000000-5a4d-4b0c-8000-000000000001',
      secret: 'c2FuZGJveC1zZWNyZXQtdGhhdC1vcGVucy1ub3RoaW5nLQ==',
      passphrase: 'sandbox-passphrase',
      address: '0x5a4db0c000000000000000000000000000000001',
    },
    kalshi() {
      kalshi ??= kalshiKey(kalshi_private_key)
      return kalshi
    },
  }
}

function kalshiKey(pem: string | undefined): ReturnType<Credentials['kalshi']> {
  const private_key =
    pem ??
    generateKeyPairSync('rsa', { modulusLength: RSA_BITS })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString()
  return {
    key_id: '00000000-5a4d-4b0c-8000-000000000002',
    private_key,
    public_key: createPublicKey(createPrivateKey(private_key)),
  }
}
