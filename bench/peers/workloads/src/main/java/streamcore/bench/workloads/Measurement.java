package streamcore.bench.workloads;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Takes the time of one run and counts what reaches the sink. A process runs one workload once, so plain statics carry it. */
public final class Measurement {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private static long firstRecordAtMs;
  private static Mark quarter;
  private static Mark end;
  private static long out;
  private static long sum;

  private Measurement() {}

  private record Mark(long ns, double cpuSeconds, double machineCpuSeconds) {
    static Mark now() {
      return new Mark(System.nanoTime(), processCpuSeconds(), Measurement.machineCpuSeconds());
    }
  }

  /** Just before the first record is generated; only the first call counts. */
  public static synchronized void start() {
    if (firstRecordAtMs == 0) firstRecordAtMs = System.currentTimeMillis();
  }

  /** A quarter of the records has been generated: most of the warm-up is over. */
  public static synchronized void passQuarter() {
    if (quarter == null) quarter = Mark.now();
  }

  /** A sink has seen the end of input; the last call counts. */
  public static synchronized void stop(long count, long checks) {
    out += count;
    sum += checks;
    end = Mark.now();
  }

  /** The run as the one line of JSON that the bench reads. */
  public static synchronized String toJson(int records) {
    double steadySeconds = (end.ns - quarter.ns) / 1e9;
    double cpuSeconds = end.cpuSeconds - quarter.cpuSeconds;
    double otherCores = (end.machineCpuSeconds - quarter.machineCpuSeconds - cpuSeconds) / steadySeconds;
    return "{\"rps\":" + 0.75 * records / steadySeconds
        + ",\"perCpuSecond\":" + 0.75 * records / cpuSeconds
        + ",\"peakRssMb\":" + peakRssKb() / 1_024
        + ",\"otherCores\":" + Math.max(0, otherCores)
        + ",\"firstRecordAtMs\":" + firstRecordAtMs
        + ",\"out\":" + out
        + ",\"sum\":" + sum
        + "}";
  }

  /** All threads, compiler and garbage collector included, and all child processes. */
  private static double processCpuSeconds() {
    double own = SYSTEM.getProcessCpuTime() / 1e9;
    return ProcessHandle.current()
        .descendants()
        .map(child -> child.info().totalCpuDuration())
        .flatMap(Optional::stream)
        .mapToDouble(Measurement::seconds)
        .reduce(own, Double::sum);
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  /** What all processes of the machine have used; 0 where the system does not say. */
  private static double machineCpuSeconds() {
    try {
      String[] fields = Files.readAllLines(Path.of("/proc/stat")).get(0).trim().split("\\s+");
      long ticks = 0;
      for (int field = 1; field <= 8; field++) if (field != 4 && field != 5) ticks += Long.parseLong(fields[field]);
      return ticks / 100.0;
    } catch (IOException absent) {
      return 0;
    }
  }

  private static long peakRssKb() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("VmHWM")) return Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    } catch (IOException absent) {
      // Below: what the virtual machine itself knows.
    }
    Runtime runtime = Runtime.getRuntime();
    return (runtime.totalMemory() - runtime.freeMemory()) / 1_024;
  }
}
