import { spawnSync } from 'node:child_process'
import { rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inFolder } from '../tape/fixtures.ts'
import { licenceBeside } from './licence-file.ts'

test('a licence beside a recording is a short text that stands there itself: nothing else travels with the dataset', async () => {
  await inFolder(async (dir) => {
    const [file, licence, secret] = ['data.csv', 'LICENSE', 'secret'].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ]
    const unknown = { licence: 'unknown', copyright: '', attachments: {} }
    expect(await licenceBeside(file)).toEqual(unknown)
    const text = 'MIT License\n\nCopyright (c) 2026 Somebody\n'
    await writeFile(licence, text)
    expect(await licenceBeside(file)).toEqual({
      licence: 'MIT',
      copyright: 'Copyright (c) 2026 Somebody',
      attachments: { LICENSE: text },
    })
    await writeFile(secret, 'MIT License, but of somebody’s key')
    const others: (() => unknown)[] = [
      () => symlink(secret, licence),
      () => symlink('/dev/zero', licence),
      () => spawnSync('mkfifo', [licence]),
      () => writeFile(licence, `MIT License\n${'x'.repeat(65_536)}`),
      () => writeFile(licence, Buffer.from([0x4d, 0x49, 0x54, 0xff, 0xfe])),
    ]
    for (const put of others) {
      await rm(licence)
      await put()
      expect(await licenceBeside(file)).toEqual(unknown)
    }
  })
})
