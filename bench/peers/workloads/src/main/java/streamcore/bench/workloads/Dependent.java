package streamcore.bench.workloads;

import java.io.Serializable;

/** Something that refers to a precondition by {@code fk}. */
public class Dependent implements Serializable {
  public int id;
  public int fk;
  public int seq;
  public String payload;

  public Dependent() {}

  public Dependent(int id, int fk, int seq, String payload) {
    this.id = id;
    this.fk = fk;
    this.seq = seq;
    this.payload = payload;
  }
}
