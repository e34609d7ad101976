package streamcore.bench.workloads;

/** A record that can reach the sink: its check value goes into the sum that all engines must agree on. */
public interface Checked {
  int check();
}
