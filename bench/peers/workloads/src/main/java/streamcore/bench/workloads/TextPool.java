package streamcore.bench.workloads;

/** Filler text: pieces of one pool of pseudo-random letters. */
final class TextPool {
  private static final int LENGTH = 65_536;
  private static final int LONGEST_PIECE = 1_024;
  private static final String POOL = makePool();

  private TextPool() {}

  /** {@code length} letters of the pool, from a place that the hash chooses. */
  static String text(int hash, int length) {
    int start = Mixing.pick(hash, LENGTH - LONGEST_PIECE);
    return POOL.substring(start, start + length);
  }

  private static String makePool() {
    char[] letters = new char[LENGTH];
    int state = 42;
    for (int index = 0; index < LENGTH; index++) {
      state = state * 1_664_525 + 1_013_904_223;
      letters[index] = (char) ('a' + (state >>> 16) % 26);
    }
    return new String(letters);
  }
}
