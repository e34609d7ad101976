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
import streamcore.bench.workloads.Auction;
import streamcore.bench.workloads.LocalItem;
import streamcore.bench.workloads.Person;

/** NEXMark query 3: items join their sellers, whichever comes first. */
final class LocalItems extends KeyedCoProcessFunction<Long, Auction, Person, LocalItem> {
  private transient ValueState<Person> seller;
  private transient ListState<Long> waiting;

  @Override
  public void open(OpenContext context) {
    seller = getRuntimeContext().getState(new ValueStateDescriptor<>("seller", TypeInformation.of(Person.class)));
    waiting = getRuntimeContext().getListState(new ListStateDescriptor<>("waiting", Types.LONG));
  }

  @Override
  public void processElement1(Auction auction, Context context, Collector<LocalItem> out) throws Exception {
    Person person = seller.value();
    if (person == null) waiting.add(auction.id);
    else out.collect(LocalItem.of(person, auction.id));
  }

  @Override
  public void processElement2(Person person, Context context, Collector<LocalItem> out) throws Exception {
    seller.update(person);
    Iterable<Long> released = waiting.get();
    if (released == null) return;
    for (Long auction : released) out.collect(LocalItem.of(person, auction));
    waiting.clear();
  }
}
