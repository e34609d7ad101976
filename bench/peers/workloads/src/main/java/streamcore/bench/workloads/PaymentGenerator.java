package streamcore.bench.workloads;

import static streamcore.bench.workloads.Mixing.BASE_MS;
import static streamcore.bench.workloads.Mixing.SEED;

/** The payments: each repeats one of a few thousand standing orders. */
public final class PaymentGenerator implements Generator<Payment> {
  private static final int ORDERS = 4_096;
  private static final int ACCOUNTS = 1_000;

  @Override
  public Payment at(int index) {
    int order = Mixing.pick(Mixing.mix(index ^ SEED), ORDERS);
    int hash = Mixing.mix(order ^ SEED);
    return new Payment(
        Mixing.pick(hash, ACCOUNTS),
        Mixing.pick(Mixing.mix(hash + 1), 100_000),
        1 + Mixing.pick(Mixing.mix(hash + 2), 1_000_000),
        Mixing.pick(Mixing.mix(hash + 3), 5),
        index);
  }

  @Override
  public long timestampAt(int index) {
    return BASE_MS + index / 1_000;
  }
}
