package streamcore.bench.flink;

import java.nio.ByteBuffer;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** One subtask's share of the records: every {@code step}-th, from {@code next} on. */
record GeneratedSplit(int subtaskIndex, int step, int next) implements SourceSplit {
  static final SimpleVersionedSerializer<GeneratedSplit> SERIALIZER =
      new SimpleVersionedSerializer<>() {
        @Override
        public int getVersion() {
          return 1;
        }

        @Override
        public byte[] serialize(GeneratedSplit split) {
          return ByteBuffer.allocate(12).putInt(split.subtaskIndex).putInt(split.step).putInt(split.next).array();
        }

        @Override
        public GeneratedSplit deserialize(int version, byte[] bytes) {
          ByteBuffer buffer = ByteBuffer.wrap(bytes);
          return new GeneratedSplit(buffer.getInt(), buffer.getInt(), buffer.getInt());
        }
      };

  @Override
  public String splitId() {
    return "split-" + subtaskIndex;
  }
}
