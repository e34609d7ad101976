package streamcore.bench.jet;

import com.hazelcast.jet.core.AbstractProcessor;
import streamcore.bench.workloads.Checked;
import streamcore.bench.workloads.Measurement;

/** A sink that keeps nothing but the tally. */
final class CountingProcessor extends AbstractProcessor {
  private long out;
  private long sum;

  @Override
  protected boolean tryProcess(int ordinal, Object record) {
    out++;
    sum += ((Checked) record).check();
    return true;
  }

  @Override
  public boolean complete() {
    Measurement.stop(out, sum);
    return true;
  }

  @Override
  public boolean saveToSnapshot() {
    return true;
  }
}
