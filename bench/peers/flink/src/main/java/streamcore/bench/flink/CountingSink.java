package streamcore.bench.flink;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import streamcore.bench.workloads.Checked;
import streamcore.bench.workloads.Measurement;

/** Keeps nothing but the tally. */
final class CountingSink<T extends Checked> implements Sink<T> {
  @Override
  public SinkWriter<T> createWriter(WriterInitContext context) {
    return new Writer<>();
  }

  private static final class Writer<T extends Checked> implements SinkWriter<T> {
    private long out;
    private long sum;

    @Override
    public void write(T record, Context context) {
      out++;
      sum += record.check();
    }

    @Override
    public void flush(boolean isEndOfInput) {
      if (!isEndOfInput) return;
      Measurement.stop(out, sum);
      out = 0;
      sum = 0;
    }

    @Override
    public void close() {}
  }
}
