package streamcore.bench.flink;

import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import streamcore.bench.workloads.Generator;

/** A bounded source that can go on where it stopped: subtask {@code s} of {@code p} emits the records s, s + p, s + 2p, … */
final class GeneratedSource<T> implements Source<T, GeneratedSplit, Integer> {
  private final Generator<T> generator;
  private final int records;

  GeneratedSource(Generator<T> generator, int records) {
    this.generator = generator;
    this.records = records;
  }

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.BOUNDED;
  }

  @Override
  public SplitEnumerator<GeneratedSplit, Integer> createEnumerator(SplitEnumeratorContext<GeneratedSplit> context) {
    return new GeneratedSplits(context, true);
  }

  @Override
  public SplitEnumerator<GeneratedSplit, Integer> restoreEnumerator(
      SplitEnumeratorContext<GeneratedSplit> context, Integer checkpoint) {
    return new GeneratedSplits(context, false);
  }

  @Override
  public SimpleVersionedSerializer<GeneratedSplit> getSplitSerializer() {
    return GeneratedSplit.SERIALIZER;
  }

  @Override
  public SimpleVersionedSerializer<Integer> getEnumeratorCheckpointSerializer() {
    return GeneratedSplits.SERIALIZER;
  }

  @Override
  public SourceReader<T, GeneratedSplit> createReader(SourceReaderContext context) {
    return new GeneratedReader<>(generator, records);
  }
}
