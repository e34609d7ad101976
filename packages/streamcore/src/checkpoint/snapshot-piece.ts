/** Pieces of snapshots: what operators hand over and the coordinator stores as parts. */
import type { CheckpointPart } from '../contracts/checkpoint-storage.js'

/** A piece of an operator's snapshot, ready to be stored. */
export type SnapshotPiece =
  | { readonly kind: Exclude<CheckpointPart['kind'], 'keyed'>; readonly bytes: Uint8Array }
  | {
      readonly kind: 'keyed'
      readonly bytes: Uint8Array
      /**
       * It adds to the keyed parts of the last durable checkpoint instead of replacing them. All pieces of a snapshot agree;
       * a delta begins with an empty piece, so that there is one even when nothing has changed.
       */
      readonly isDelta: boolean
    }
