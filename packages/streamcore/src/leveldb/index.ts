/** The entry `streamcore/leveldb`: key-value stores, checkpoints and keyed state in LevelDB; needs the package `level`. */

export { levelCheckpointStorage } from './level-checkpoint-storage.js'
export { LevelKeyValueStore, type LevelKeyValueStoreOptions } from './level-key-value-store.js'
export { levelStateBackend, type LevelStateBackendOptions } from './level-state-backend.js'
