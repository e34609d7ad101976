// Peers that cannot run here are left out with a reason.
import { expect, it } from 'vitest'
import { availablePeers } from './available-peers.js'

it('leaves out what cannot be built, with the reason, and keeps the rest', async () => {
  const available = await availablePeers(['loop', 'flink-hashmap', 'jet', 'rxjs'], async (module) =>
    module === 'flink' ? 'no Java here' : undefined,
  )
  expect(available).toEqual({
    peers: ['loop', 'jet', 'rxjs'],
    skipped: [{ peer: 'flink-hashmap', reason: 'no Java here' }],
  })
})

it('builds each module once, and none for peers on Node.js', async () => {
  const built: string[] = []
  const build = async (module: string): Promise<undefined> => {
    built.push(module)
  }
  await availablePeers(['loop', 'flink-hashmap', 'flink-hashmap-reuse', 'flink-rocksdb', 'db-ivm'], build)
  expect(built).toEqual(['flink'])
})
