// Ways to break the resolver, one rule each: find/replace pairs that the tests in test/resolver/ must notice.

/** A change to a source file that some test must fail on. */
export interface Mutant {
  /** The hole it opens, as in the names of the tests where there is one. */
  readonly name: string
  /** Relative to the app's folder. */
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** What breaks. */
  readonly expectation: string
  /** The test files, relative to the app's folder, of which at least one must fail. */
  readonly tests: readonly string[]
}

const resolve = 'src/operators/resolve.ts'
const parent = 'src/operators/resolve-parent.ts'
const state = 'src/operators/resolve-state.ts'
const gate = 'src/operators/gate.ts'
const writer = 'src/operators/writer-order.ts'
const ask = 'src/operators/ask.ts'
const report = 'src/operators/waiting-report.ts'
const givenUp = 'src/operators/given-up.ts'

const pairs: readonly Omit<Mutant, 'tests'>[] = [
  {
    name: 'H1 the gate does not wait for grants',
    file: gate,
    find: 'if (held !== null && needed.length === 0) {',
    replace: 'if (held !== null) {',
    expectation: 'a row is deleted while children hold it: foreign key',
  },
  {
    name: 'H2 a deleted child gives its references back when its delete arrives',
    file: resolve,
    find: "this.#toGate({ kind: 'held-delete', key, incarnation, grants, holds, change }, ctx)",
    replace:
      "for (const hold of holds) this.#close(hold, ctx)\nthis.#toGate({ kind: 'held-delete', key, incarnation, grants, holds: [], change }, ctx)",
    expectation: 'a row is deleted while a held row points at it: foreign key',
  },
  {
    name: 'H3 nothing is superseded',
    file: state,
    find: "if (!isCyclic && !asks.some(({ answer }) => answer === 'deleted')) return -1",
    replace: 'if (!isCyclic) return -1',
    expectation: 'a version waits for ever behind one whose parent was deleted',
  },
  {
    name: 'H4 a delete leaves waiting versions waiting',
    file: resolve,
    find: "for (const waiting of ctx.state.queue.value() ?? []) this.#drop(waiting, 'cancelled', ctx)\n    ctx.state.queue.clear()",
    replace: '',
    expectation: 'a version is applied after the delete that follows it',
  },
  {
    name: 'H5 only parents that were present say that they are deleted',
    file: resolve,
    find: 'this.#parent.tellDeleted(ctx)',
    replace: 'if (entry.presence === Presence.present) this.#parent.tellDeleted(ctx)',
    expectation: 'a version waits for ever for a record it does not know to be deleted',
  },
  {
    name: 'H3 nobody says that it is deleted',
    file: resolve,
    find: 'this.#parent.tellDeleted(ctx)',
    replace: '',
    expectation: 'a version waits for ever for a record it does not know to be deleted',
  },
  {
    name: 'H6 a re-insert waits for its delete',
    file: resolve,
    find: 'if (next === undefined) break',
    replace:
      'if (next === undefined) break\nif (entryOf(ctx).presence === Presence.deleted && this.#node(ctx.key).isReferenced) break',
    expectation: 'a re-insert waits for ever',
  },
  {
    name: 'H7 the gate is not told of a re-insert',
    file: resolve,
    find: "this.#toGate({ kind: 'back', key: ctx.key }, ctx)",
    replace: '',
    expectation: 'a delete is held for ever, or applied after the re-insert',
  },
  {
    name: 'H8 no incarnations, the count restarts',
    file: resolve,
    find: 'const incarnation = isNew ? (inTarget ? 0 : version) : before.incarnation',
    replace: 'const incarnation = 0',
    expectation: 'references of the first life are missing in the second count: foreign key',
  },
  {
    name: 'H9 presence outlives the delete',
    file: resolve,
    find: 'row: 0, presence: Presence.deleted,',
    replace: 'row: 0, presence: entry.presence,',
    expectation: 'a child is granted after the count was closed: foreign key',
  },
  {
    name: 'H10 an update gives its old parent back when it arrives',
    file: resolve,
    find: 'keepEntry(ctx, { ...entry, last: version })',
    replace:
      'for (const hold of entry.holds) this.#close(hold, ctx)\nkeepEntry(ctx, { ...entry, last: version, holds: [] })',
    expectation: 'a row is deleted while a row points at it: foreign key',
  },
  {
    name: 'H11 late grants are ignored',
    file: resolve,
    find: 'this.#close({ parent, incarnation }, ctx)\n    }\n  }\n\n  #onMissing',
    replace: '}\n  }\n\n  #onMissing',
    expectation: 'a delete is held for ever by nobody',
  },
  {
    name: 'H11 the grants of dropped versions are kept',
    file: resolve,
    find: 'for (const hold of holdsOf(waiting.asks)) this.#close(hold, ctx)',
    replace: '',
    expectation: 'a delete is held for ever by nobody',
  },
  {
    name: 'H11 the grants of a replaced row are kept',
    file: resolve,
    find: 'for (const hold of before.holds) this.#close(hold, ctx)',
    replace: '',
    expectation: 'a delete is held for ever by nobody',
  },
  {
    name: 'H12 a tombstone forgets the newest version',
    file: resolve,
    find: 'last: version, row: 0,',
    replace: 'last: -1, row: 0,',
    expectation: 'a stale version is applied, or a late grant is never closed',
  },
  {
    name: 'H13 a grant before its record is given back',
    file: resolve,
    find: "ctx.state.early.add({ field, since, parent, answer: 'granted', incarnation })",
    replace: 'this.#close({ parent, incarnation }, ctx)',
    expectation: 'a version waits for ever',
  },
  {
    name: 'H13 early grants for versions that never come are kept',
    file: resolve,
    find: 'this.#closeUnclaimed(early, since, asks, ctx)',
    replace: '',
    expectation: 'a delete is held for ever by nobody',
  },
  {
    name: 'H14 deletes come first',
    file: writer,
    find: 'deletesRankAbove - node.level',
    replace: '-deletesRankAbove - node.level',
    expectation: 'a row is deleted before its child moves away: foreign key',
  },
  {
    name: 'H14 changes stay in order of arrival',
    file: writer,
    find: '.sort((a, b) => rank(a) - rank(b))',
    replace: '',
    expectation: 'a child is written before its parent: foreign key',
  },
  {
    name: 'H14 nothing is coalesced',
    file: writer,
    find: 'change === last.get(key) ||',
    replace: 'change.version > 0 ||',
    expectation: 'a delete is applied after the re-insert: the row is lost',
  },
  {
    name: 'H15 upserts of a cycle are coalesced',
    file: writer,
    find: '(node.isCyclic || (node.isAboveCycle && change === lastUpsert.get(key)))',
    replace: 'node.isAboveCycle && change === lastUpsert.get(key)',
    expectation: 'no order satisfies the references: foreign key',
  },
  {
    name: 'H16 upserts above a cycle are coalesced',
    file: writer,
    find: '(node.isCyclic || (node.isAboveCycle && change === lastUpsert.get(key)))',
    replace: 'node.isCyclic',
    expectation: 'an upsert of the cycle refers to a row that never was: foreign key',
  },
  {
    name: 'H17 strict order within a cycle',
    file: state,
    find: "if (!isCyclic && !asks.some(({ answer }) => answer === 'deleted')) return -1",
    replace: "if (!asks.some(({ answer }) => answer === 'deleted')) return -1",
    expectation: 'versions wait for each other for ever',
  },
  {
    name: 'H19 a row asks itself',
    file: ask,
    find: 'if (parent === null || parent === key) return',
    replace: 'if (parent === null) return',
    expectation: 'a row waits for itself for ever',
  },
  {
    name: 'H20 rows of the target bring no references',
    file: ask,
    find: 'if (parent === null || parent === key) return',
    replace: 'if (parent === null || parent === key || inTarget) return',
    expectation: 'a row is deleted while a row of the target points at it: foreign key',
  },
  {
    name: 'a merged delete keeps its references',
    file: gate,
    find: "this.#audit(entry.held, 'merged', ctx)\n        this.#closeAll(entry.held.holds, ctx)",
    replace: "this.#audit(entry.held, 'merged', ctx)",
    expectation: 'a delete is held for ever by nobody',
  },
  {
    name: 'a merged delete forgets who relies on the row',
    file: gate,
    find: 'return { ...entry, held: null }\n      }',
    replace: 'return { ...entry, held: null, needed: [] }\n      }',
    expectation: 'the next delete does not wait for children of the first life: foreign key',
  },
  {
    name: 'grants from the waiting list are not counted',
    file: parent,
    find: 'grants.update((grants.value() ?? 0) + end - head)',
    replace: '',
    expectation: 'a row is deleted while children hold it: foreign key',
  },
  {
    name: 'a hot parent forgets to continue',
    file: parent,
    find: 'if (left > 0)',
    replace: 'if (left < 0)',
    expectation: 'versions wait for ever although their parent is there',
  },
  {
    name: 'a repeated version with another parent takes the grant',
    file: state,
    find: 'return message.field === ask.field && message.parent === ask.parent',
    replace: 'return message.field === ask.field',
    expectation: 'a version relies on a parent that never granted: foreign key',
  },
  {
    name: 'an early answer that came first wins over the last',
    file: resolve,
    find: 'early.findLast(',
    replace: 'early.find(',
    expectation: 'a version waits for ever although its parent has granted',
  },
  {
    name: 'the waiting table is not told of the end',
    file: report,
    find: "if (waiting.reported !== 'nothing') this.#emit('ended', waiting, ctx)",
    replace: '',
    expectation: 'the waiting table shows versions that do not wait',
  },
  {
    name: 'R13 an attempt takes the answers to the first one',
    file: ask,
    find: 'return attempt === undefined ? version : -attempt',
    replace: 'return attempt === undefined ? version : version + 0 * attempt',
    expectation: 'what comes again is taken for a stale version',
  },
  {
    name: 'R13 a grant that overtakes its attempt is given back',
    file: resolve,
    find: 'return since < 0 ? isNewAttempt(entry, -since) : since > entry.last',
    replace: 'return since > entry.last',
    expectation: 'what comes again waits for ever although its parent is there',
  },
  {
    name: 'R13 versions that were overtaken may come again',
    file: givenUp,
    find: 'versions: givenUp.versions.filter((each) => each > version)',
    replace: 'versions: givenUp.versions',
    expectation: 'a version is applied after a newer one',
  },
  {
    name: 'R13 what comes again queues behind newer versions',
    file: resolve,
    find: 'since < 0 ? queue.sort((a, b) => a.version - b.version) : queue',
    replace: 'queue',
    expectation: 'a version is applied after a newer one',
  },
  {
    name: 'R13 an attempt counts twice',
    file: givenUp,
    find: 'isWanted: left.length < versions.length || version > entry.last',
    replace: 'isWanted: true',
    expectation: 'a version is applied twice, or after a newer one',
  },
  {
    name: 'R14 what is refused for a full list waits on',
    file: resolve,
    find: "if (asks.some(({ answer }) => answer === 'full')) return true",
    replace: '',
    expectation: 'a version waits for ever for a record that does not know of it',
  },
  {
    name: 'R14 the end of a wait is not counted',
    file: report,
    find: 'this.#count(waiting.asks, -1, ctx)',
    replace: '',
    expectation: 'the backlog seems to grow for ever: topics rest without need',
  },
  {
    name: 'R13 unclaimed grants of an attempt are kept',
    file: resolve,
    find: 'this.#closeUnclaimed(this.#takeEarly(-attempt, ctx), -attempt, [], ctx)',
    replace: '',
    expectation: 'a delete is held for ever by nobody',
  },
]

/** All mutants of the resolver. */
export const resolverMutants: readonly Mutant[] = pairs.map((pair) => ({
  ...pair,
  tests: ['test/resolver/holes.test.ts', 'test/resolver/random.test.ts'],
}))
