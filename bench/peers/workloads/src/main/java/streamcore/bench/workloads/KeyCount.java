package streamcore.bench.workloads;

/** What W2 emits: how often a key has been seen so far. */
public class KeyCount implements Checked {
  public int key;
  public long count;

  public KeyCount() {}

  public KeyCount(int key, long count) {
    this.key = key;
    this.count = count;
  }

  @Override
  public int check() {
    return (int) count;
  }
}
