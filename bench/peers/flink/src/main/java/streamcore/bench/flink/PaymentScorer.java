package streamcore.bench.flink;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import streamcore.bench.workloads.Payment;
import streamcore.bench.workloads.Profile;
import streamcore.bench.workloads.Score;
import streamcore.bench.workloads.ScoreModel;

/** Scores payments by account. */
final class PaymentScorer extends KeyedProcessFunction<Integer, Payment, Score> {
  private transient ScoreModel model;
  private transient ValueState<Profile> profile;
  private transient ValueState<Long> count;

  @Override
  public void open(OpenContext context) {
    model = new ScoreModel();
    profile = getRuntimeContext().getState(new ValueStateDescriptor<>("profile", Profile.class));
    count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
  }

  @Override
  public void processElement(Payment payment, Context context, Collector<Score> out) throws Exception {
    Profile known = profile.value();
    if (known == null) {
      known = Profile.of(payment.account);
      profile.update(known);
    }
    Long before = count.value();
    long now = before == null ? 1 : before + 1;
    count.update(now);
    out.collect(new Score(payment.seq, model.scoreOf(payment, known), now));
  }
}
