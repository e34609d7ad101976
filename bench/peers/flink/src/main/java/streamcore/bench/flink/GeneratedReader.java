package streamcore.bench.flink;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.core.io.InputStatus;
import streamcore.bench.workloads.Generator;
import streamcore.bench.workloads.Measurement;

/** Generates a split's records in the task's own thread. */
final class GeneratedReader<T> implements SourceReader<T, GeneratedSplit> {
  /** Between two looks at the mailbox. */
  private static final int BATCH = 100;

  private final Generator<T> generator;
  private final int records;
  private final CompletableFuture<Void> assigned = new CompletableFuture<>();
  private GeneratedSplit split;
  private int next;
  private int quarter = Integer.MAX_VALUE;
  private boolean hasAllSplits;

  GeneratedReader(Generator<T> generator, int records) {
    this.generator = generator;
    this.records = records;
  }

  @Override
  public void start() {}

  @Override
  public InputStatus pollNext(ReaderOutput<T> output) {
    if (split == null) return hasAllSplits ? InputStatus.END_OF_INPUT : InputStatus.NOTHING_AVAILABLE;
    int index = next;
    int step = split.step();
    for (int taken = 0; taken < BATCH && index < records; taken++) {
      output.collect(generator.at(index), generator.timestampAt(index));
      index += step;
    }
    next = index;
    if (index >= quarter) {
      Measurement.passQuarter();
      quarter = Integer.MAX_VALUE;
    }
    return index < records ? InputStatus.MORE_AVAILABLE : InputStatus.END_OF_INPUT;
  }

  @Override
  public List<GeneratedSplit> snapshotState(long checkpointId) {
    return split == null ? List.of() : List.of(new GeneratedSplit(split.subtaskIndex(), split.step(), next));
  }

  @Override
  public CompletableFuture<Void> isAvailable() {
    return split != null || hasAllSplits ? CompletableFuture.completedFuture(null) : assigned;
  }

  @Override
  public void addSplits(List<GeneratedSplit> splits) {
    Measurement.start();
    split = splits.get(0);
    next = split.next();
    if (split.subtaskIndex() == 0) quarter = records / 4;
    assigned.complete(null);
  }

  @Override
  public void notifyNoMoreSplits() {
    hasAllSplits = true;
    assigned.complete(null);
  }

  @Override
  public void close() {}
}
