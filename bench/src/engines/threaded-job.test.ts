// A run in worker threads, in a process of its own on the built bench: threads load files, and only JavaScript ones.
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { runProcess } from '../measure/run-process.js'
import { parseRunResult } from '../measure/run-result.js'
import { workloads } from '../workloads/catalogue.js'
import { paymentScores } from '../workloads/payment-scores.js'

const child = fileURLToPath(new URL('../../dist/child.js', import.meta.url))
const records = 20_000

const onHeap = workloads.map((workload) => ({ ...workload, state: 'heap', checkpointMs: 0 }))
const onDisk = [{ ...paymentScores, state: 'leveldb', checkpointMs: 10 }]

it.each([...onHeap, ...onDisk])(
  'gives the expected result of $name in two worker threads, state: $state',
  async (given) => {
    const { name, state, checkpointMs, expected } = given
    const args = [child, 'streamcore', name, String(records), '2', '2', state, String(checkpointMs)]
    const output = await runProcess({ program: process.execPath, args: () => args, what: 'the run' })
    const { out, sum, rps } = parseRunResult(output)
    expect({ out, sum }).toEqual(expected(records))
    expect(rps).toBeGreaterThan(0)
  },
)
