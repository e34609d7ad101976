package streamcore.bench.flink;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.util.Collector;
import streamcore.bench.workloads.Dependent;
import streamcore.bench.workloads.Precondition;
import streamcore.bench.workloads.Row;

/** W4: dependents wait until what they refer to has come. */
final class BankingResolver extends KeyedCoProcessFunction<Integer, Precondition, Dependent, Row> {
  private transient ValueState<Boolean> seen;
  private transient ListState<Dependent> waiting;

  @Override
  public void open(OpenContext context) {
    seen = getRuntimeContext().getState(new ValueStateDescriptor<>("seen", Types.BOOLEAN));
    waiting =
        getRuntimeContext().getListState(new ListStateDescriptor<>("waiting", TypeInformation.of(Dependent.class)));
  }

  @Override
  public void processElement1(Precondition precondition, Context context, Collector<Row> out) throws Exception {
    out.collect(Row.of(precondition));
    if (seen.value() != null) return;
    seen.update(true);
    Iterable<Dependent> released = waiting.get();
    boolean hasReleased = false;
    if (released != null) {
      for (Dependent dependent : released) {
        out.collect(Row.waited(dependent));
        hasReleased = true;
      }
    }
    if (hasReleased) waiting.clear();
  }

  @Override
  public void processElement2(Dependent dependent, Context context, Collector<Row> out) throws Exception {
    if (seen.value() == null) waiting.add(dependent);
    else out.collect(Row.direct(dependent));
  }
}
