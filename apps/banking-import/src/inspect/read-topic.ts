/** Reads an output topic from its beginning, value by value. */
import type { PartitionedLog } from 'streamcore'

const pageRecords = 1_000

/** All values of a topic as parsed JSON, partition by partition; none when there is no such topic. */
export async function* readTopic(log: PartitionedLog, topic: string): AsyncGenerator<unknown> {
  const decoder = new TextDecoder()
  const partitions = (await log.partitionCount(topic)) ?? 0
  for (let partition = 0; partition < partitions; partition += 1) {
    const { start, end } = await log.offsets(topic, partition)
    let fromOffset = start
    while (fromOffset < end) {
      const page = await log.read(topic, partition, { fromOffset, maxRecords: pageRecords })
      const last = page.at(-1)
      if (last === undefined) break
      for (const { value } of page) yield JSON.parse(decoder.decode(value))
      fromOffset = last.offset + 1
    }
  }
}

/** Whether a parsed value is an object with these texts. */
export function hasTexts<N extends string>(
  value: unknown,
  names: readonly N[],
): value is Readonly<Record<N, string>> & Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  return names.every((name) => typeof Reflect.get(value, name) === 'string')
}
