package streamcore.bench.workloads;

/** A small record: three 32-bit integers and an event time. Public fields and a constructor without arguments, so that Flink takes it as a POJO. */
public class Event implements Checked {
  public int key;
  public int seq;
  public int value;
  public long ts;

  public Event() {}

  public Event(int key, int seq, int value, long ts) {
    this.key = key;
    this.seq = seq;
    this.value = value;
    this.ts = ts;
  }

  @Override
  public int check() {
    return value;
  }
}
