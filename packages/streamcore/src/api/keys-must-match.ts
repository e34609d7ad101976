/** The advice a compiler error gives when two streams are connected whose keys have different types. */

/** What stands in the message; no stream has this property. */
export interface KeyTypesDiffer<K1, K2> {
  readonly 'connect needs both streams to be keyed by the same type': readonly [K1, K2]
}

/** `unknown` when the key types are equal, otherwise an object that no stream is. */
export type KeysMustMatch<K1, K2> = [K1] extends [K2]
  ? [K2] extends [K1]
    ? unknown
    : KeyTypesDiffer<K1, K2>
  : KeyTypesDiffer<K1, K2>
