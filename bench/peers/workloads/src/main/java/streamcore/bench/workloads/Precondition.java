package streamcore.bench.workloads;

/** Something that others refer to. */
public class Precondition {
  public int id;
  public int version;
  public String payload;

  public Precondition() {}

  public Precondition(int id, int version, String payload) {
    this.id = id;
    this.version = version;
    this.payload = payload;
  }
}
