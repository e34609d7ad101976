/** Sends each record to its own entry, and one question per foreign key to the parents'. Stateless. */
import type { ImportRecord } from '../model/import-record.js'
import type { ResolveMessage } from './messages.js'

/** The messages of a record. What points at itself or at nothing asks nothing. Their order does not matter. */
export function ask(record: ImportRecord): readonly ResolveMessage[] {
  if (record.kind === 'delete') return [record]
  const { key, version, row, place, inTarget, attempt } = record
  const since = sinceOf(record)
  const references: { readonly field: number; readonly parent: string }[] = []
  const requests: ResolveMessage[] = []
  record.references.forEach((parent, field) => {
    if (parent === null || parent === key) return
    references.push({ field, parent })
    requests.push({ kind: 'request', key: parent, child: key, field, since, inTarget })
  })
  const upsert = { kind: 'upsert', key, version, row, references, place, inTarget } as const
  return [attempt === undefined ? upsert : { ...upsert, attempt }, ...requests]
}

/** Names the questions of a version: a later attempt must not take the answers to an earlier one. */
export function sinceOf({
  version,
  attempt,
}: {
  readonly version: number
  readonly attempt?: number
}): number {
  return attempt === undefined ? version : -attempt
}
