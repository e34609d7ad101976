/** Deals the splits of a source to its subtasks: at the start those of the checkpoint and the newly found, later only new ones. */
import type { Source, SourceContext, SourceSplit, SplitEnumerator } from '../contracts/source.js'
import type { SplitSnapshot } from '../operators/source/split-state.js'

/** A subtask of a source, which may run in another thread. */
export interface SplitReceiver {
  addSplit(snapshot: SplitSnapshot): void
  /** No further split will come. */
  noMoreSplits(): void
}

/** Options of {@link SourceCoordinator}. */
export interface SourceCoordinatorOptions {
  readonly source: Source<unknown>
  readonly context: SourceContext
  /** The source's subtasks by index. */
  readonly receivers: readonly SplitReceiver[]
  /** What the checkpoint knows of splits, over all former subtasks. */
  readonly restored: readonly SplitSnapshot[]
  readonly onFailure: (error: unknown) => void
}

/** Finds and deals the splits of one source. */
export class SourceCoordinator {
  readonly #options: SourceCoordinatorOptions
  readonly #known = new Set<string>()
  #enumerator: SplitEnumerator | undefined
  #nextSubtask = 0

  constructor(options: SourceCoordinatorOptions) {
    this.#options = options
  }

  /** Deals everything known now. Only afterwards may the subtasks run. */
  async start(): Promise<void> {
    const { source, context, restored } = this.#options
    const byId = [...restored].sort((a, b) => (a.split.id < b.split.id ? -1 : 1))
    for (const snapshot of byId) this.#deal(snapshot)
    this.#enumerator = await source.createEnumerator(context)
    this.#dealNew(await this.#enumerator.discover())
    if (!this.#looksForMore) for (const receiver of this.#options.receivers) receiver.noMoreSplits()
  }

  /** Looks for new splits until the signal aborts; unbounded sources with an interval only. */
  async runPeriodically(signal: AbortSignal): Promise<void> {
    const { source, context } = this.#options
    if (!this.#looksForMore) return
    while (!signal.aborted) {
      try {
        await context.ports.clock.sleep(source.discoveryIntervalMs ?? 0, signal)
      } catch {
        return
      }
      try {
        this.#dealNew((await this.#enumerator?.discover()) ?? [])
      } catch (error) {
        this.#options.onFailure(error)
        return
      }
    }
  }

  async close(): Promise<void> {
    await this.#enumerator?.close()
  }

  get #looksForMore(): boolean {
    const { source } = this.#options
    return source.boundedness === 'unbounded' && source.discoveryIntervalMs !== undefined
  }

  #dealNew(splits: readonly SourceSplit[]): void {
    const byId = [...splits].sort((a, b) => (a.id < b.id ? -1 : 1))
    for (const split of byId) this.#deal({ split, hasEnded: false })
  }

  #deal(snapshot: SplitSnapshot): void {
    if (this.#known.has(snapshot.split.id)) return
    this.#known.add(snapshot.split.id)
    const { receivers } = this.#options
    receivers[this.#nextSubtask]?.addSplit(snapshot)
    this.#nextSubtask = (this.#nextSubtask + 1) % receivers.length
  }
}
