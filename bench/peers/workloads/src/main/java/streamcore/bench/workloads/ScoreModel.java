package streamcore.bench.workloads;

import static streamcore.bench.workloads.Mixing.SEED;

/** A small neural network that scores a payment, in 32-bit integers. Not for several threads: each has a model of its own. */
public final class ScoreModel {
  private static final int NUMBERS_PER_FIELD = 4;
  private static final int LARGEST = 127;

  private final int[] inputs = new int[8 * NUMBERS_PER_FIELD];
  private final Layer first = new Layer(inputs, 256, 1);
  private final Layer second = new Layer(first.to, 64, 2);
  private final Layer last = new Layer(second.to, 1, 3);

  /** The score of a payment, 0 to 127. */
  public int scoreOf(Payment payment, Profile profile) {
    embed(0, payment.account);
    embed(1, payment.payee);
    embed(2, payment.amount);
    embed(3, payment.channel);
    embed(4, profile.limit);
    embed(5, profile.country);
    embed(6, profile.openedDay);
    embed(7, profile.segment);
    first.propagate();
    second.propagate();
    last.propagate();
    return last.to[0];
  }

  private void embed(int field, int value) {
    int start = field * NUMBERS_PER_FIELD;
    for (int index = start; index < start + NUMBERS_PER_FIELD; index++) {
      inputs[index] = Mixing.pick(Mixing.mix(value + index * SEED), LARGEST + 1);
    }
  }

  private static final class Layer {
    private final int[] from;
    private final int[] to;
    private final int[] weights;
    private final int shift;

    Layer(int[] from, int units, int number) {
      this.from = from;
      this.to = new int[units];
      this.weights = new int[from.length * units];
      int start = Mixing.mix(number ^ SEED);
      for (int index = 0; index < weights.length; index++) {
        weights[index] = Mixing.pick(Mixing.mix(start + index), 2 * LARGEST + 1) - LARGEST;
      }
      int log2 = 31 - Integer.numberOfLeadingZeros(from.length);
      this.shift = 7 + (log2 >> 1);
    }

    void propagate() {
      for (int unit = 0; unit < to.length; unit++) {
        int start = unit * from.length;
        int sum = 0;
        for (int index = 0; index < from.length; index++) sum += from[index] * weights[start + index];
        to[unit] = Math.min(Math.max(sum >> shift, 0), LARGEST);
      }
    }
  }
}
