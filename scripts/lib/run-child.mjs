// Runs a child process in the foreground: same terminal, its signals, its exit code.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

const caught = ['SIGINT', 'SIGTERM', 'SIGHUP']
// At a terminal the child gets Ctrl-C itself; a second one would mean "now, without cleaning up" to it.
const forwarded = process.stdin.isTTY ? caught.slice(1) : caught

/** Resolves to the exit code; a child ended by a signal counts as 128 + its number, as in a shell. */
export function runChild(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options })
    const forward = (signal) => {
      if (forwarded.includes(signal)) child.kill(signal)
    }
    for (const signal of caught) process.on(signal, forward)
    const stopForwarding = () => {
      for (const signal of caught) process.off(signal, forward)
    }
    child.once('error', (error) => {
      stopForwarding()
      reject(error)
    })
    child.once('exit', (code, signal) => {
      stopForwarding()
      resolve(signal === null ? code : 128 + constants.signals[signal])
    })
  })
}
