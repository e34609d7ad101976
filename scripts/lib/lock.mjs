// A lock between processes: a file that holds its owner's process id.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const pollMs = 100
const waitMsMax = 300_000

/** Runs `task` while no other process holds the lock; what a dead process left behind does not count. */
export async function withLock(path, task) {
  const deadline = Date.now() + waitMsMax
  while (!take(path)) {
    if (Date.now() > deadline)
      throw new Error(`Waited ${waitMsMax / 1000} s for ${path}; delete it if nothing is building`)
    await sleep(pollMs)
  }
  try {
    return await task()
  } finally {
    rmSync(path, { force: true })
  }
}

function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (!isOwnerAlive(path)) rmSync(path, { force: true })
    return false
  }
}

function isOwnerAlive(path) {
  try {
    const pid = Number(readFileSync(path, 'utf8'))
    // Just created and not yet written: its owner is at work.
    if (pid === 0) return true
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
