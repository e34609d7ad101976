package streamcore.bench.workloads;

/** A payment's score, and how many payments of the account have been scored. */
public class Score implements Checked {
  public int seq;
  public int score;
  public long count;

  public Score() {}

  public Score(int seq, int score, long count) {
    this.seq = seq;
    this.score = score;
    this.count = count;
  }

  @Override
  public int check() {
    return score + (int) count;
  }
}
