/** When a keyed operator's snapshots are full again. */
import { describe, expect, it } from 'vitest'
import { SnapshotChain } from './snapshot-chain.js'

const limits = { deltasMax: 3, deltaShareMax: 0.5 }

/** Takes a snapshot of whatever kind is due; gives the kind. */
function take(chain: SnapshotChain, checkpointId: number, sizeBytes: number): string {
  const kind = chain.nextKind()
  chain.began(checkpointId, kind)
  chain.wrote(sizeBytes)
  return kind
}

describe('SnapshotChain', () => {
  it('begins with full snapshots until one is durable', () => {
    const chain = new SnapshotChain(limits)
    expect(take(chain, 1, 100)).toBe('full')
    chain.failed(1)
    expect(take(chain, 2, 100)).toBe('full')
    chain.durable(2)
    expect(take(chain, 3, 1)).toBe('delta')
  })

  it('is full again after so many deltas', () => {
    const chain = new SnapshotChain(limits)
    const kinds = Array.from({ length: 9 }, (_, index) => {
      const kind = take(chain, index, isFull(index) ? 1_000 : 1)
      chain.durable(index)
      return kind
    })
    expect(kinds).toEqual(['full', 'delta', 'delta', 'delta', 'full', 'delta', 'delta', 'delta', 'full'])
  })

  it('is full again when the deltas exceed their share of the full snapshot', () => {
    const chain = new SnapshotChain(limits)
    const kinds = [1_000, 300, 200, 1, 1].map((sizeBytes, index) => {
      const kind = take(chain, index, sizeBytes)
      chain.durable(index)
      return kind
    })
    expect(kinds).toEqual(['full', 'delta', 'delta', 'delta', 'full'])
  })

  it('counts neither failed snapshots nor news of others', () => {
    const chain = new SnapshotChain(limits)
    take(chain, 1, 100)
    chain.durable(1)
    for (let id = 2; id < 20; id++) {
      expect(take(chain, id, 1_000)).toBe('delta')
      chain.durable(id - 1)
      chain.failed(id)
    }
  })

  it('is always full without limits', () => {
    const chain = new SnapshotChain({ deltasMax: 0, deltaShareMax: 0 })
    for (let id = 1; id < 4; id++) {
      expect(take(chain, id, 10)).toBe('full')
      chain.durable(id)
    }
  })
})

function isFull(index: number): boolean {
  return index % 4 === 0
}
