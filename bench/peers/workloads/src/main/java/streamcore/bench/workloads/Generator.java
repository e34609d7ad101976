package streamcore.bench.workloads;

import java.io.Serializable;

/** Makes record number {@code index}: a pure function, so that any number of subtasks can share the records. */
public interface Generator<T> extends Serializable {
  T at(int index);

  long timestampAt(int index);
}
