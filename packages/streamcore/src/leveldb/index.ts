/** The entry `streamcore/leveldb`: key-value stores and checkpoints in LevelDB; needs the package `level`. */

export { levelCheckpointStorage } from './level-checkpoint-storage.js'
export { LevelKeyValueStore } from './level-key-value-store.js'
