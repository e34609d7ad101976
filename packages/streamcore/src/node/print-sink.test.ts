// The printing sink: whole lines, all of them out before a checkpoint covers them.
import { describe, expect, it } from 'vitest'
import { nodePorts } from './node-ports.js'
import { printSink } from './print-sink.js'

const context = {
  jobId: 'job',
  uid: 'out',
  connections: {},
  ports: nodePorts({ logLevel: 'error' }),
  subtaskIndex: 0,
  epoch: 1,
}

describe('printSink', () => {
  it('has printed everything when a checkpoint is prepared, text as it is and the rest as JSON', async () => {
    let printed = ''
    const writer = await printSink<unknown>({ write: (lines) => (printed += lines) }).createWriter(context)
    writer.write('a', 0)
    writer.write({ b: 1 }, 0)
    await writer.prepareCommit(1)
    expect(printed).toBe('a\n{"b":1}\n')
    await writer.close()
    expect(printed).toBe('a\n{"b":1}\n')
  })

  it('prints without a checkpoint too, once the current turn is over', async () => {
    let printed = ''
    const sink = printSink<number>({ format: (value) => `<${value}>`, write: (lines) => (printed += lines) })
    const writer = await sink.createWriter(context)
    writer.write(1, 0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(printed).toBe('<1>\n')
    await writer.close()
  })
})
