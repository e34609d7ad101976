package streamcore.bench.workloads;

/** The arithmetic all generators share: 32-bit mixing and the constants every engine agrees on. */
public final class Mixing {
  /** Mixed into each record's number, so that record 0 is not all zeros. */
  public static final int SEED = 0x9E3779B9;
  /** Event time of record 0. */
  public static final long BASE_MS = 1_700_000_000_000L;

  private Mixing() {}

  /** Spreads the bits of an integer over 32 bits (the finaliser of MurmurHash3). */
  public static int mix(int value) {
    int hash = value;
    hash ^= hash >>> 16;
    hash *= 0x85ebca6b;
    hash ^= hash >>> 13;
    hash *= 0xc2b2ae35;
    return hash ^ (hash >>> 16);
  }

  /** A number from 0 to {@code count} - 1, chosen by a hash. */
  public static int pick(int hash, int count) {
    return (hash >>> 1) % count;
  }
}
