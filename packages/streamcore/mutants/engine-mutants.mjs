// Ways to break the engine, one mechanism each: find/replace pairs that the simulator must notice.

/**
 * @typedef {object} Mutant
 * @property {string} name what is broken
 * @property {string} file relative to packages/streamcore/src
 * @property {string} find stands exactly once in the file
 * @property {string} replace
 * @property {boolean} [inThreads] whether the job runs in worker threads
 */

/** @type {readonly Mutant[]} */
export const engineMutants = [
  {
    name: 'no fsync of files',
    file: 'checkpoint/durable-file.ts',
    find: '    await file.sync()\n',
    replace: '',
  },
  {
    name: 'no fsync of the directory of slots',
    file: 'checkpoint/durable-file.ts',
    find: 'if (isCreated) await fileSystem.syncDirectory(file.directory)',
    replace: '',
  },
  {
    name: 'no fsync of the directory of parts',
    file: 'checkpoint/directory-checkpoint-storage.ts',
    find: '    await this.#fileSystem.syncDirectory(this.#partsDirectory)\n    return await',
    replace: '    return await',
  },
  {
    name: 'slots are not created exclusively',
    file: 'checkpoint/durable-file.ts',
    find: 'const isCreated = await fileSystem.linkExclusive(temporary, `${file.directory}/${file.name}`)',
    replace:
      'await fileSystem.rename(temporary, `${file.directory}/${file.name}`)\n  const isCreated: boolean = true',
  },
  {
    name: 'no alignment of barriers',
    file: 'runtime/input-gate.ts',
    find: '    channel.isBlocked = true\n',
    replace: '',
  },
  {
    name: 'commit before the manifest is durable',
    file: 'checkpoint/checkpoint-coordinator.ts',
    find: '    // From here on the checkpoint may exist',
    replace:
      '    await committers.commit(pending.ref, pending.committables)\n    // From here on the checkpoint may exist',
  },
  {
    name: 'no marker is read at the start',
    file: 'checkpoint/sink-committers.ts',
    find: 'markers.set(uid, await committer.claim(this.#epoch))',
    replace: 'markers.set(uid, (await committer.claim(this.#epoch)) && undefined)',
  },
  {
    name: 'list state is dropped from snapshots',
    file: 'state/heap-snapshot.ts',
    find: 'return Array.isArray(content) ? content.slice() : content',
    replace: 'return undefined',
  },
  {
    name: 'map state is dropped from snapshots',
    file: 'state/heap-snapshot.ts',
    find: "      case 'map':\n",
    replace: "      case 'map':\n        return undefined\n",
  },
  {
    name: 'timers are dropped from snapshots',
    file: 'state/heap-snapshot.ts',
    find: '    this.#addTimer(this.#timers, domain, timer)\n',
    replace: '',
  },
  {
    name: 'an epoch is used again',
    file: 'runtime/job-incarnation.ts',
    find: 'this.#epoch = await run.lease.acquire({ takeOver: run.takeOver, above: savepoint?.madeBy ?? 0 })',
    replace:
      'this.#epoch = (await run.lease.acquire({ takeOver: run.takeOver, above: savepoint?.madeBy ?? 0 })) && 1',
  },
  {
    name: 'messages to itself are dropped from snapshots',
    file: 'operators/keyed/message-queue.ts',
    find: 'return this.#messages.slice(this.#head)',
    replace: 'return []',
  },
  {
    name: 'the output of a failed checkpoint is forgotten',
    file: 'operators/sink-operator.ts',
    find: 'new SinkSnapshot(this.uid, this.#prepared.slice(), this.#isTransactional)',
    replace: 'new SinkSnapshot(this.uid, this.#prepared.slice(-1), this.#isTransactional)',
  },
  {
    name: 'the position of a source is the end of its batch',
    file: 'operators/source/split-state.ts',
    find: 'state.batch.positionAfter(state.next - 1)',
    replace: 'state.batch.endPosition',
  },
  {
    name: 'the position of a source is the start of its batch',
    file: 'operators/source/split-state.ts',
    find: 'state.batch === undefined || state.next === 0 ? state.position : state.batch.positionAfter(state.next - 1)',
    replace: 'state.position',
  },
  {
    name: 'uncommitted output is not stored with the checkpoint',
    file: 'operators/sink-operator.ts',
    find: 'if (!this.#isTransactional) return []',
    replace: 'if (this.#isTransactional) return []',
  },
  {
    name: 'a restored checkpoint is not committed',
    file: 'checkpoint/recovery.ts',
    find: '[...behind.map(({ uid }) => uid), ...unmarked] : uids',
    replace: '[...behind.map(({ uid }) => uid), ...unmarked] : []',
  },
  {
    name: 'sinks that are behind are not brought up',
    file: 'checkpoint/recovery.ts',
    find: '? [...behind.map(({ uid }) => uid), ...unmarked] : uids',
    replace: '? [...unmarked] : uids',
  },
  {
    name: 'no copy on write after a barrier',
    file: 'state/row-changes.ts',
    find: '    this.save(row)\n    this.#changed.add(row)',
    replace: '    this.#changed.add(row)',
  },
  {
    name: 'what has changed before a barrier is not noticed after it',
    file: 'state/row-changes.ts',
    find: '    this.#changed = new RowBits()\n',
    replace: '',
  },
  {
    name: 'the changes of a failed checkpoint are forgotten',
    file: 'state/row-changes.ts',
    find: '    this.#changed.addAll(awaiting.changed)\n',
    replace: '',
  },
  {
    name: 'the timers of a failed checkpoint are forgotten',
    file: 'state/change-tracker.ts',
    find: 'if (awaiting === undefined || !this.#isTracking) return',
    replace: 'if (awaiting === undefined || this.#isTracking) return',
  },
  {
    name: 'the tombstone of a cleared key is dropped',
    file: 'state/heap-snapshot.ts',
    find: '      this.#clearedKeys?.add(this.#ownKeyGroup(keyGroupOfKey(key)), key, [])\n',
    replace: '',
  },
  {
    name: 'the tombstone of a fired timer is dropped',
    file: 'state/heap-snapshot.ts',
    find: '        this.#addTimer(this.#removedTimers, domain, timer)\n',
    replace: '',
  },
  {
    name: 'a changed key is not in the delta',
    file: 'state/row-changes.ts',
    find: '    this.save(row)\n    this.#changed.add(row)',
    replace: '    this.save(row)',
  },
  {
    name: 'a key in the row of one that has gone counts as told of',
    file: 'state/row-changes.ts',
    find: '  made(row: number): void {\n    this.#changed.add(row)',
    replace: '  made(row: number): void {\n    this.#told.add(row)',
  },
  {
    name: 'a failed checkpoint brings back what was removed meanwhile',
    file: 'state/row-changes.ts',
    find: '    this.#awaiting?.changed.delete(row)\n',
    replace: '',
  },
  {
    name: 'what a delta told of is not known to be in a snapshot',
    file: 'state/row-changes.ts',
    find: '    this.#told.addAll(this.#changed)\n',
    replace: "    if (kind === 'full') this.#told.addAll(this.#changed)\n",
  },
  {
    name: 'garbage collection takes parts of older checkpoints that are still referred to',
    file: 'checkpoint/part-references.ts',
    find: 'for (const part of storedParts(slot)) this',
    replace: 'for (const part of storedParts(slot).filter(({ ref }) => ref.id === slot.id)) this',
  },
  {
    name: 'deltas are restored before what they add to',
    file: 'checkpoint/pending-checkpoint.ts',
    find: 'this.#parts.push(...parts)',
    replace: 'this.#parts.push(...[...parts].reverse())',
  },
  {
    name: 'the first checkpoint after a restore is a delta',
    file: 'operators/keyed/snapshot-chain.ts',
    find: '#durable: Chain | undefined = undefined',
    replace: '#durable: Chain | undefined = { baseBytes: 1e9, deltas: 0, deltaBytes: 0 }',
  },
  {
    name: 'the parts that a delta adds to are left out of the manifest',
    file: 'checkpoint/checkpoint-coordinator.ts',
    find: 'pending.continueFrom(chainKey(owner), chain)',
    replace: 'pending.continueFrom(chainKey(owner), [])',
  },
  {
    name: 'garbage collection takes the newest checkpoint',
    file: 'checkpoint/checkpoint-coordinator.ts',
    find: 'if (slot.id >= oldestKept || slot.kind',
    replace: 'if (slot.id > newest.id || slot.kind',
  },
  {
    name: 'the end of input does not wait for messages',
    file: 'operators/keyed/keyed-process-operator.ts',
    find: '    if (this.isEnded || !this.#inputsEnded || this.#messages.length > 0) return\n    this.#fireTimers(Number.POSITIVE_INFINITY, () => {\n      if (this.#messages.length > 0) return\n',
    replace:
      '    if (this.isEnded || !this.#inputsEnded) return\n    this.#fireTimers(Number.POSITIVE_INFINITY, () => {\n',
  },
  {
    name: 'state of the first former subtask only',
    file: 'checkpoint/restored-state.ts',
    find: '.filter((part) => part.uid === uid && part.kind === kind)',
    replace: '.filter((part) => part.uid === uid && part.kind === kind && part.subtaskIndex === 0)',
  },
  {
    name: 'union state of the first subtask only',
    file: 'state/operator/redistribution.ts',
    find: "case 'union-list':\n      return true",
    replace: "case 'union-list':\n      return former.subtaskIndex === 0",
  },
  {
    name: 'a list is not dealt out again when the job is rescaled',
    file: 'state/operator/redistribution.ts',
    find: ': former.index % parallelism === subtaskIndex',
    replace: ': former.subtaskIndex === subtaskIndex',
  },
  {
    name: 'broadcast state is dropped from snapshots',
    file: 'state/operator/operator-state-store.ts',
    find: "state.kind !== 'broadcast' || this.#subtaskIndex === 0",
    replace: "state.kind !== 'broadcast'",
  },
  {
    name: 'a snapshot of broadcast state shows later changes',
    file: 'state/operator/broadcast-map.ts',
    find: '    this.#isShared = true\n',
    replace: '',
  },
  {
    name: 'broadcast elements reach one subtask',
    file: 'runtime/exchange-output.ts',
    find: 'for (const channel of this.channels) channel.push(value, timestampMs)',
    replace: 'this.channels[0]?.push(value, timestampMs)',
  },
  {
    name: 'a restored message reaches every subtask',
    file: 'serde/message-blocks.ts',
    find: 'rowsOfKeyGroups(block, keyGroups)',
    replace: 'rowsOfKeyGroups(block, { start: 0, end: Math.max(32_767, keyGroups.end) })',
  },
  {
    name: 'the barrier does not reach the sinks behind a second exchange in order',
    file: 'runtime/channel.ts',
    find: '    this.push(event, Number.NaN)\n',
    replace:
      "    if (event.kind === 'barrier' && this.#size > 0) {\n      const at = (this.#head + this.#size - 1) & (this.#values.length - 1)\n      const value = this.#values[at]\n      const timestampMs = this.#timestampsMs[at] ?? 0\n      this.#values[at] = event\n      this.#timestampsMs[at] = Number.NaN\n      this.push(value, timestampMs)\n    } else this.push(event, Number.NaN)\n",
  },
  {
    name: 'a sink commits without its marker check',
    file: 'checkpoint/sink-committers.ts',
    find: '        epoch: this.#epoch,\n',
    replace: '        epoch: this.#epoch + 1_000_000 - this.#epoch,\n',
  },
  {
    name: 'expired: state begins a new life with each restore',
    file: 'state/migrations.ts',
    find: 'return ttl === undefined ? migrated : [migrated, lastUsedMs]',
    replace: 'return ttl === undefined ? migrated : [migrated, lastUsedMs + 40]',
  },
  {
    name: 'expired: state can be read until it is removed',
    file: 'state/ttl/state-life.ts',
    find: 'return isExpired(stamped[1], this.ttl.timeMs, nowMs)',
    replace: 'return nowMs === Number.POSITIVE_INFINITY && isExpired(stamped[1], this.ttl.timeMs, nowMs)',
  },
  {
    name: 'expired: a cleanup removes what was written again',
    file: 'state/ttl/ttl-value-state.ts',
    find: 'if (!this.#life.isExpired(stamped, nowMs)) return stamped[1]\n',
    replace: '',
  },
  {
    name: 'expired: a restore drops what lives on',
    file: 'state/migrations.ts',
    find: 'if (isExpired(lastUsedMs, counting.timeMs, now)) return dropped',
    replace: 'if (isExpired(lastUsedMs, counting.timeMs / 4, now)) return dropped',
  },
  {
    name: 'workers: the batch that takes the last credit is lost',
    file: 'runtime/worker/thread-exchange.ts',
    find: '    link.send(bytes)\n    this.#judgeFullness()',
    replace: '    if (this.#credits > 0) link.send(bytes)\n    this.#judgeFullness()',
    inThreads: true,
  },
  {
    name: 'workers: no credit comes back for a batch with a barrier',
    file: 'runtime/worker/thread-exchange.ts',
    find: '    this.#grant()\n    return true',
    replace: '    if (batch.newestBarrierId === 0) this.#grant()\n    return true',
    inThreads: true,
  },
  {
    name: 'workers: a barrier overtakes the batches that wait',
    file: 'runtime/worker/thread-exchange.ts',
    find: '    this.#batches.push({ bytes, newestBarrierId })\n',
    replace: "    this.#batches[newestBarrierId === 0 ? 'push' : 'unshift']({ bytes, newestBarrierId })\n",
    inThreads: true,
  },
  {
    name: 'workers: a producer does not wait for credit',
    file: 'runtime/worker/thread-exchange.ts',
    find: 'if (size === 0 || this.#credits === 0 ||',
    replace: 'if (size === 0 ||',
    inThreads: true,
  },
  {
    name: 'workers: only the first worker hears of a commit',
    file: 'runtime/worker/worker-tasks.ts',
    find: "    this.#tell({ kind: 'committed', barrierId })",
    replace:
      "    for (const worker of this.#workers.slice(0, 1)) this.#send(worker, { kind: 'committed', barrierId })",
    inThreads: true,
  },
  {
    name: 'workers: nobody hears of a worker that crashed',
    file: 'runtime/worker/worker-tasks.ts',
    find: '    this.#queries.rejectAll(error)\n    this.fail(error)',
    replace: '    this.#queries.rejectAll(error)',
    inThreads: true,
  },
  {
    name: 'workers: a subtask asks for turns while its outputs are full',
    file: 'runtime/stream-task.ts',
    find: '    if (this.#options.flow.fullOutputs > 0) return nextMs\n',
    replace: '',
    inThreads: true,
  },
]
