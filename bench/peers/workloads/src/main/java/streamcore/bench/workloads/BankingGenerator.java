package streamcore.bench.workloads;

import static streamcore.bench.workloads.Mixing.BASE_MS;
import static streamcore.bench.workloads.Mixing.SEED;

/** The elements of W4: preconditions and dependents alternate; three dependents in ten come too early. */
public final class BankingGenerator implements Generator<BankingElement> {
  private static final int PAYLOAD_LENGTH = 100;
  private final int count;

  public BankingGenerator(int records) {
    this.count = records / 2;
  }

  @Override
  public BankingElement at(int index) {
    BankingElement element = new BankingElement();
    int turn = index >>> 1;
    int hash = Mixing.mix(index ^ SEED);
    String payload = TextPool.text(hash, PAYLOAD_LENGTH);
    if ((index & 1) == 0) {
      element.precondition = new Precondition(idOf(turn), 1, payload);
      return element;
    }
    int target = Mixing.mix(hash + 1);
    boolean isEarly = turn + 1 < count && Mixing.pick(hash, 10) < 3;
    int refersTo = isEarly ? turn + 1 + Mixing.pick(target, count - turn - 1) : Mixing.pick(target, turn + 1);
    element.dependent = new Dependent(turn, idOf(refersTo), turn, payload);
    return element;
  }

  @Override
  public long timestampAt(int index) {
    return BASE_MS + index / 1_000;
  }

  /** Scatters 0 … count - 1; one to one where count shares no factor with 618,033. */
  private int idOf(int turn) {
    return (int) ((turn * 618_033L + 12_345L) % count);
  }
}
