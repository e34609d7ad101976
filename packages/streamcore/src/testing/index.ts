/** What tests of jobs need: harnesses, a clock set by hand, a target in memory. No test runner is imported. */

export { MemoryTarget } from './memory-target.js'
