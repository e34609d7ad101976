// The 23 mistakes a first version makes (H1–H23), each with its smallest scenario, over many random schedules.
import { describe, expect, it } from 'vitest'
import { check } from './check.js'
import { del, type History, type Operation, put, type Scenario, shown } from './scenario.js'
import { type RunOptions, SimulatedImport } from './simulated-import.js'
import { Violation } from './violation.js'

const schedules = Number(process.env['STREAMCORE_RUNS'] ?? 150)

const ab = [[], ['A']]
const abc = [[], ['A'], ['B']]
const tree = [[], ['A', 'B']]
const self = [['A']]

interface Hole {
  readonly name: string
  readonly types: Scenario['types']
  readonly history: History
  readonly operations: readonly Operation[]
  readonly inTarget?: readonly Operation[]
  readonly options?: RunOptions
}

const holes: readonly Hole[] = [
  {
    name: 'H1 a delete waits for grants, not for released children',
    types: ab,
    history: 'any',
    operations: [put('A0', 1), del('A0', 2), put('B0', 1, 'A0')],
  },
  {
    name: 'H1 likewise in a valid history',
    types: ab,
    history: 'valid',
    operations: [put('A0', 1), del('A0', 2), put('A0', 3), put('B0', 1, 'A0')],
  },
  {
    name: 'H2 a deleted child gives its references back when its row goes',
    types: abc,
    history: 'any',
    operations: [put('A0', 1), del('A0', 2), put('B0', 1, 'A0'), del('B0', 2), put('C0', 1, 'B0')],
  },
  {
    name: 'H2 likewise within one type',
    types: self,
    history: 'valid',
    operations: [del('A2', 2), del('A1', 2)],
    inTarget: [put('A2', 1, null), put('A1', 1, 'A2')],
  },
  {
    name: 'H3 a version whose parent is deleted is superseded',
    types: ab,
    history: 'valid',
    operations: [del('A1', 2), put('B0', 1, 'A1'), put('B0', 2, 'A0')],
    inTarget: [put('A0', 1), put('A1', 1)],
  },
  {
    name: 'H4 a delete does not queue behind waiting versions',
    types: ab,
    history: 'valid',
    operations: [put('A0', 1), del('A0', 2), put('B0', 1, 'A0'), del('B0', 2)],
  },
  {
    name: 'H4 likewise when a row is there',
    types: ab,
    history: 'any',
    operations: [put('B0', 1, null), put('B0', 2, 'A0'), del('B0', 3)],
  },
  {
    name: 'H5 a parent that never was present says that it is deleted',
    types: abc,
    history: 'valid',
    operations: [put('A0', 1), put('B0', 1, 'A0'), del('B0', 2), put('C0', 1, 'B0'), put('C0', 2, null)],
  },
  {
    name: 'H6 a re-insert does not wait behind the held delete',
    types: ab,
    history: 'valid',
    operations: [put('A0', 1), del('A0', 2), put('A0', 3), put('B0', 1, 'A0')],
  },
  {
    name: 'H7 the gate is told of a re-insert',
    types: ab,
    history: 'valid',
    operations: [put('A0', 1), del('A0', 2), put('A0', 3), put('B0', 1, 'A0'), del('B0', 2)],
  },
  {
    name: 'H8 grants are counted per incarnation',
    types: ab,
    history: 'valid',
    operations: [
      put('A0', 4),
      del('A0', 5),
      put('A0', 7),
      del('A0', 8),
      put('B0', 2, 'A0'),
      put('B0', 5, null),
    ],
  },
  {
    name: 'H9 presence ends when the delete arrives',
    types: ab,
    history: 'any',
    operations: [put('A0', 1), del('A0', 2), put('B0', 1, 'A0')],
  },
  {
    name: 'H9 likewise in a valid history',
    types: ab,
    history: 'valid',
    operations: [put('A0', 1), del('A0', 2), put('B0', 1, 'A0'), del('B0', 2)],
  },
  {
    name: 'H10 an update gives its old parent back when it is released',
    types: ab,
    history: 'any',
    operations: [put('B0', 1, 'A0'), put('B0', 2, 'A1'), put('A0', 1), del('A0', 2)],
  },
  {
    name: 'H11 a grant that comes too late is closed',
    types: ab,
    history: 'valid',
    operations: [put('A1', 1), del('A1', 2), put('B0', 1, 'A1'), del('B0', 2)],
  },
  {
    name: 'H11 the grants of a cancelled version are closed',
    types: [[], ['A', 'A']],
    history: 'valid',
    operations: [put('A0', 1), del('A0', 2), put('B0', 1, 'A0', 'A0'), del('B0', 2)],
  },
  {
    name: 'H12 a tombstone keeps the newest version',
    types: ab,
    history: 'valid',
    operations: [put('A1', 1), del('A1', 2), put('B0', 1, 'A1'), del('B0', 2), put('A1', 1)],
  },
  {
    name: 'H13 a grant that comes before its record is kept',
    types: ab,
    history: 'valid',
    operations: [put('A0', 1), put('B0', 1, 'A0')],
  },
  {
    name: 'H14 upserts come before deletes in a transaction',
    types: ab,
    history: 'valid',
    operations: [del('A1', 2), put('B0', 2, 'A0')],
    inTarget: [put('A0', 1), put('A1', 1), put('B0', 1, 'A1')],
  },
  {
    name: 'H14 parents come before children in a transaction',
    types: ab,
    history: 'valid',
    operations: [put('A0', 1), put('B0', 1, 'A0')],
  },
  {
    name: 'H14 the last operation of a record wins in a transaction',
    types: ab,
    history: 'valid',
    operations: [del('A0', 3), put('A0', 4)],
    inTarget: [put('A0', 2)],
  },
  {
    name: 'H15 upserts of a cycle are not coalesced',
    types: [['B'], ['A']],
    history: 'valid',
    operations: [put('A0', 1, null), put('A0', 2, null), put('B1', 1, 'A0')],
  },
  {
    name: 'H15 likewise for self-references',
    types: self,
    history: 'any',
    operations: [put('A0', 1, null), put('A1', 1, 'A0'), put('A0', 2, 'A1')],
  },
  {
    name: 'H16 what a cycle refers to keeps its last upsert',
    types: [[], [], ['B', 'C']],
    history: 'valid',
    operations: [
      put('C0', 2, 'B0', null),
      put('C0', 3, 'B1', 'C1'),
      put('B0', 1),
      del('B0', 2),
      put('C1', 1, null, null),
    ],
    inTarget: [put('B1', 1), put('C0', 1, 'B1', null)],
  },
  {
    name: 'H17 within a cycle any waiting version may be superseded',
    types: tree,
    history: 'valid',
    operations: [
      put('A0', 1),
      del('A0', 2),
      put('B0', 1, 'A0', null),
      put('B1', 1, null, 'B0'),
      put('B1', 2, null, null),
      put('B0', 2, null, 'B1'),
    ],
  },
  { name: 'H19 a row does not ask itself', types: self, history: 'valid', operations: [put('A0', 1, 'A0')] },
  {
    name: 'H20 rows of the target bring their references',
    types: ab,
    history: 'valid',
    operations: [del('B0', 5), del('A1', 4)],
    inTarget: [put('A1', 1), put('B0', 4, 'A1')],
  },
  {
    name: 'H21 rows of the target come before the first live record',
    types: ab,
    history: 'valid',
    operations: [del('B0', 2), del('A0', 2)],
    inTarget: [put('A0', 1), put('B0', 1, 'A0')],
  },
  {
    name: 'H21 likewise when the delete is not valid',
    types: ab,
    history: 'any',
    operations: [del('A0', 2)],
    inTarget: [put('A0', 1), put('B0', 1, 'A0')],
  },
  {
    name: 'H22 a delete is never cascaded: children decide for themselves',
    types: abc,
    history: 'valid',
    operations: [
      put('A0', 1),
      put('A1', 1),
      put('B0', 1, 'A0'),
      put('B0', 2, 'A1'),
      put('C0', 1, 'B0'),
      del('A0', 2),
    ],
  },
  {
    name: 'a version that is repeated with another parent is a duplicate',
    types: ab,
    history: 'any',
    operations: [put('B0', 1, 'A0'), put('B0', 1, 'A1'), put('A1', 1), del('A1', 2)],
  },
  {
    name: 'H23 a version that follows an evicted one asks for itself',
    types: ab,
    history: 'any',
    operations: [del('A0', 1), put('B0', 1, 'A0'), put('B0', 2, 'A0')],
    options: { evicts: true },
  },
  {
    name: 'a version that was given up comes again, in order and once',
    types: ab,
    history: 'any',
    operations: [put('B0', 1, 'A0'), put('B0', 2, 'A1'), put('B0', 3, null), put('A0', 1), put('A1', 1)],
    options: { evicts: true, redrives: true },
  },
  {
    name: 'what came again gives its grants back when its record goes',
    types: tree,
    history: 'any',
    operations: [
      put('A0', 1),
      put('B0', 1, 'A0', 'B1'),
      put('B1', 1, null, null),
      del('B0', 2),
      del('A0', 2),
    ],
    options: { evicts: true, redrives: true },
  },
]

describe.each(holes)('$name', ({ types, history, operations, inTarget = [], options = {} }) => {
  it(`holds for ${[...inTarget.map((row) => `${shown(row)} in the target`), ...operations.map(shown)].join(' ')}`, () => {
    const scenario: Scenario = { types, history, operations, inTarget, partitions: 0, crashes: false }
    for (let seed = 1; seed <= schedules; seed += 1) {
      try {
        check(new SimulatedImport(scenario, seed * 7 + 1, options).run(), options)
      } catch (error) {
        throw new Error(`seed ${seed * 7 + 1}`, { cause: error })
      }
    }
  })
})

describe('what the rules do not cover', () => {
  it('H18 rows that form a cycle after skew wait and are reported, and no foreign key breaks', () => {
    const operations = [
      put('A0', 1),
      del('A0', 2),
      put('B0', 1, 'A0', null),
      put('B1', 1, null, 'B0'),
      put('B0', 2, null, 'B1'),
    ]
    const scenario: Scenario = {
      types: tree,
      history: 'any',
      operations,
      inTarget: [],
      partitions: 0,
      crashes: false,
    }
    let waiting = 0
    for (let seed = 1; seed <= schedules; seed += 1)
      waiting += check(new SimulatedImport(scenario, seed).run()).waiting
    expect(waiting).toBeGreaterThan(0)
  })

  it('H21 breaks when rows of the target are loaded while records flow', () => {
    const inTarget = [put('A0', 1), put('B0', 1, 'A0')]
    const scenario: Scenario = {
      types: ab,
      history: 'any',
      operations: [del('B0', 2), del('A0', 2)],
      inTarget,
      partitions: 0,
      crashes: false,
    }
    const run = (seed: number) => () =>
      check(new SimulatedImport(scenario, seed, { loadsConcurrently: true }).run())
    expect(Array.from({ length: 400 }, (_, seed) => isBroken(run(seed))).some(Boolean)).toBe(true)
  })
})

function isBroken(run: () => void): boolean {
  try {
    run()
    return false
  } catch (error) {
    if (error instanceof Violation) return true
    throw error
  }
}
