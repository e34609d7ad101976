package streamcore.bench.workloads;

/** What W4 emits: a precondition, a dependent that came behind it, or one that had waited. */
public class Row implements Checked {
  private static final int PRECONDITION = 0;
  private static final int DIRECT = 1;
  private static final int WAITED = 2;

  public int kind;
  public int id;
  public int fk;
  public int seq;
  public String payload;

  public Row() {}

  private Row(int kind, int id, int fk, int seq, String payload) {
    this.kind = kind;
    this.id = id;
    this.fk = fk;
    this.seq = seq;
    this.payload = payload;
  }

  public static Row of(Precondition precondition) {
    return new Row(PRECONDITION, precondition.id, -1, precondition.version, precondition.payload);
  }

  public static Row direct(Dependent dependent) {
    return new Row(DIRECT, dependent.id, dependent.fk, dependent.seq, dependent.payload);
  }

  public static Row waited(Dependent dependent) {
    return new Row(WAITED, dependent.id, dependent.fk, dependent.seq, dependent.payload);
  }

  @Override
  public int check() {
    return id * 31 + fk;
  }
}
