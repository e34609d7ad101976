/** Where a record of a log stands. */

/** Topic, partition and offset of a record. */
export interface LogPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** The place in words: `topic account, partition 2, offset 15`. */
export function describeLogPlace({ topic, partition, offset }: LogPlace): string {
  return `topic ${topic}, partition ${partition}, offset ${offset}`
}
