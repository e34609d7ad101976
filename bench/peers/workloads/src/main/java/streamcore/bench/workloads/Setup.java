package streamcore.bench.workloads;

import java.nio.file.Path;

/** What the command line of a peer says, in the bench's order. */
public record Setup(String workload, int records, int parallelism, long checkpointMs, Path directory) {
  public static Setup parse(String[] arguments) {
    return new Setup(
        arguments[0],
        Integer.parseInt(arguments[1]),
        Integer.parseInt(arguments[2]),
        Long.parseLong(arguments[3]),
        Path.of(arguments[4]));
  }

  /** The number of keys of a counting workload: w2-10k, w2-1m. */
  public int keys() {
    return workload.equals("w2-10k") ? 10_000 : 1_000_000;
  }
}
