package streamcore.bench.workloads;

import static streamcore.bench.workloads.Mixing.BASE_MS;
import static streamcore.bench.workloads.Mixing.SEED;

/** The events of W1 and W2; 1,000 of them share a millisecond. */
public final class EventGenerator implements Generator<Event> {
  private final int keys;

  public EventGenerator(int keys) {
    this.keys = keys;
  }

  @Override
  public Event at(int index) {
    int hash = Mixing.mix(index ^ SEED);
    return new Event(Mixing.pick(hash, keys), index, hash, timestampAt(index));
  }

  @Override
  public long timestampAt(int index) {
    return BASE_MS + index / 1_000;
  }
}
