import { MissingPeerError } from '@mdb/testing'
import { expect, test } from 'vitest'
import { importPeer } from '../src/import-peer.ts'

test('a missing peer gives an error that names the package to add', async () => {
  const missing: string = 'no-such-package'
  const loading = importPeer(missing, async () => import(missing) as Promise<unknown>)
  await expect(loading).rejects.toThrow(MissingPeerError)
  await expect(loading).rejects.toThrow('npm install --save-dev no-such-package')
  await expect(loading).rejects.toMatchObject({
    code: 'MISSING_PEER',
    packageName: missing,
    cause: expect.any(Error) as Error,
  })
})

test('an error inside a peer stays as it is', async () => {
  const broken = new Error('broken')
  const loading = importPeer('a-package', async () => Promise.reject(broken))
  await expect(loading).rejects.toBe(broken)
})
