package streamcore.bench.flink;

import java.util.List;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** Gives each reader its one split; after a restore the readers still have theirs. */
final class GeneratedSplits implements SplitEnumerator<GeneratedSplit, Integer> {
  static final SimpleVersionedSerializer<Integer> SERIALIZER =
      new SimpleVersionedSerializer<>() {
        @Override
        public int getVersion() {
          return 1;
        }

        @Override
        public byte[] serialize(Integer nothing) {
          return new byte[] {0};
        }

        @Override
        public Integer deserialize(int version, byte[] bytes) {
          return 0;
        }
      };

  private final SplitEnumeratorContext<GeneratedSplit> context;
  private final boolean isFresh;

  GeneratedSplits(SplitEnumeratorContext<GeneratedSplit> context, boolean isFresh) {
    this.context = context;
    this.isFresh = isFresh;
  }

  @Override
  public void start() {}

  @Override
  public void addReader(int subtaskIndex) {
    int step = context.currentParallelism();
    if (isFresh) context.assignSplit(new GeneratedSplit(subtaskIndex, step, subtaskIndex), subtaskIndex);
    context.signalNoMoreSplits(subtaskIndex);
  }

  @Override
  public void handleSplitRequest(int subtaskIndex, String host) {}

  @Override
  public void addSplitsBack(List<GeneratedSplit> splits, int subtaskIndex) {
    for (GeneratedSplit split : splits) context.assignSplit(split, subtaskIndex);
  }

  @Override
  public Integer snapshotState(long checkpointId) {
    return 0;
  }

  @Override
  public void close() {}
}
