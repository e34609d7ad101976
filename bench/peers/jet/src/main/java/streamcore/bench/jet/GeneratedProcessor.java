package streamcore.bench.jet;

import com.hazelcast.jet.core.AbstractProcessor;
import com.hazelcast.jet.core.BroadcastKey;
import streamcore.bench.workloads.Generator;
import streamcore.bench.workloads.Measurement;

/** A bounded source that can go on where it stopped: processor {@code s} of {@code p} emits the records s, s + p, s + 2p, … */
final class GeneratedProcessor<T> extends AbstractProcessor {
  /** Between two looks at what else the thread has to do. */
  private static final int BATCH = 1_024;

  private final Generator<T> generator;
  private final int records;
  private int processorIndex;
  private int step;
  private int next = -1;
  private int quarter = Integer.MAX_VALUE;
  private T refused;

  GeneratedProcessor(Generator<T> generator, int records) {
    this.generator = generator;
    this.records = records;
  }

  @Override
  protected void init(Context context) {
    processorIndex = context.globalProcessorIndex();
    step = context.totalParallelism();
    next = processorIndex;
    if (processorIndex == 0) quarter = records / 4;
    Measurement.start();
  }

  @Override
  public boolean complete() {
    for (int taken = 0; taken < BATCH && next < records; taken++) {
      T record = refused == null ? generator.at(next) : refused;
      if (!tryEmit(record)) {
        refused = record;
        return false;
      }
      refused = null;
      next += step;
    }
    if (next >= quarter) {
      Measurement.passQuarter();
      quarter = Integer.MAX_VALUE;
    }
    return next >= records;
  }

  @Override
  public boolean saveToSnapshot() {
    return tryEmitToSnapshot(BroadcastKey.broadcastKey(processorIndex), next);
  }

  @Override
  protected void restoreFromSnapshot(Object key, Object value) {
    if (((BroadcastKey<?>) key).key().equals(processorIndex)) next = (Integer) value;
  }
}
