/** Checks of a plan before anything runs: errors are thrown as advice, doubts are listed as warnings. */
import { StreamcoreError } from '../contracts/errors.js'
import { deadLetterTag, type StreamGraph, type StreamNode } from './stream-graph.js'

const uidPattern = /^[A-Za-z0-9._-]+$/
/** uids become part of file names. */
const maxUidLength = 100

/**
 * Refuses a uid that could not be a file name.
 * @throws StreamcoreError `STREAMCORE_GRAPH`
 */
export function assertValidUid(uid: unknown, what: string, declaredAt?: string): asserts uid is string {
  if (typeof uid === 'string' && uid.length <= maxUidLength && uidPattern.test(uid)) return
  const came = typeof uid === 'string' ? `'${uid}'` : `${String(uid)} (${typeof uid})`
  throw graphError(
    `Expected the uid of a ${what} to be 1 to ${maxUidLength} letters, digits, '-', '_' or '.', got ${came}${at(declaredAt)}; ` +
      'it names state and commit markers, so choose it once and keep it',
    declaredAt,
  )
}

/**
 * Refuses plans that can not run.
 * @throws StreamcoreError `STREAMCORE_GRAPH` saying what to add
 */
export function assertValidGraph(graph: StreamGraph): void {
  assertValidUid(graph.jobName, 'job (its name)')
  if (!graph.nodes.some((node) => node.kind === 'source')) {
    throw graphError(
      `Expected job '${graph.jobName}' to have at least one source, got none; start with env.fromSource(source, { uid })`,
    )
  }
  if (!graph.nodes.some((node) => node.kind === 'sink')) {
    throw graphError(
      `Expected job '${graph.jobName}' to write somewhere, got no sink; end a stream with .sinkTo(sink, { uid })`,
    )
  }
  for (const node of graph.nodes) assertValidStates(node)
}

/** What is probably a mistake, one sentence each. */
export function graphWarnings(graph: StreamGraph): readonly string[] {
  const consumed = new Set(graph.edges.filter((edge) => edge.tag !== deadLetterTag).map((edge) => edge.from))
  return graph.nodes
    .filter((node) => node.kind !== 'sink' && !consumed.has(node.id))
    .map(
      (node) =>
        `Nobody reads the output of '${node.name}'${at(node.declaredAt)}; end it with .sinkTo(sink, { uid }) or remove it`,
    )
}

function assertValidStates(node: StreamNode): void {
  if (!('states' in node)) return
  const seen = new Set<string>()
  for (const { name, version } of node.states) {
    const where = `operator '${node.uid}'${at(node.declaredAt)}`
    if (name === '') {
      throw graphError(`Expected every state of ${where} to have a name, got ''`, node.declaredAt, node.uid)
    }
    if (seen.has(name)) {
      throw graphError(
        `Expected the state names of ${where} to be unique, got '${name}' twice; rename one of the descriptors`,
        node.declaredAt,
        node.uid,
      )
    }
    if (!Number.isSafeInteger(version) || version < 1) {
      throw graphError(
        `Expected the version of state '${name}' of ${where} to be an integer from 1, got ${version}`,
        node.declaredAt,
        node.uid,
      )
    }
    seen.add(name)
  }
}

function at(declaredAt: string | undefined): string {
  return declaredAt === undefined ? '' : ` (${declaredAt})`
}

function graphError(message: string, declaredAt?: string, uid?: string): StreamcoreError {
  return new StreamcoreError('STREAMCORE_GRAPH', message, {
    details: {
      ...(uid === undefined ? {} : { uid }),
      ...(declaredAt === undefined ? {} : { userLine: declaredAt }),
    },
  })
}
