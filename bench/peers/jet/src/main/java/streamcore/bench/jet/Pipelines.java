package streamcore.bench.jet;

import com.hazelcast.jet.Traverser;
import com.hazelcast.jet.Traversers;
import com.hazelcast.jet.accumulator.LongAccumulator;
import com.hazelcast.jet.core.ProcessorMetaSupplier;
import com.hazelcast.jet.core.ProcessorSupplier;
import com.hazelcast.jet.pipeline.Pipeline;
import com.hazelcast.jet.pipeline.Sink;
import com.hazelcast.jet.pipeline.Sinks;
import com.hazelcast.jet.pipeline.Sources;
import com.hazelcast.jet.pipeline.StreamStage;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import streamcore.bench.workloads.AuctionPrice;
import streamcore.bench.workloads.BankingElement;
import streamcore.bench.workloads.BankingGenerator;
import streamcore.bench.workloads.Dependent;
import streamcore.bench.workloads.Event;
import streamcore.bench.workloads.EventGenerator;
import streamcore.bench.workloads.Generator;
import streamcore.bench.workloads.KeyCount;
import streamcore.bench.workloads.LocalItem;
import streamcore.bench.workloads.NexmarkEvent;
import streamcore.bench.workloads.NexmarkGenerator;
import streamcore.bench.workloads.Payment;
import streamcore.bench.workloads.PaymentGenerator;
import streamcore.bench.workloads.Person;
import streamcore.bench.workloads.Profile;
import streamcore.bench.workloads.Row;
import streamcore.bench.workloads.Score;
import streamcore.bench.workloads.ScoreModel;
import streamcore.bench.workloads.Setup;

/** The workloads as somebody would write them with Jet's pipeline API. */
final class Pipelines {
  private static final int KEYS_OF_W1 = 1_000_000;

  private final Pipeline pipeline = Pipeline.create();
  private final Setup setup;
  private final Sink<Object> sink;

  private Pipelines(Setup setup) {
    this.setup = setup;
    this.sink =
        Sinks.fromProcessor(
            "counting", ProcessorMetaSupplier.of(setup.parallelism(), ProcessorSupplier.of(CountingProcessor::new)));
  }

  static Pipeline of(Setup setup) {
    Pipelines pipelines = new Pipelines(setup);
    pipelines.lastStage().setLocalParallelism(setup.parallelism()).writeTo(pipelines.sink);
    return pipelines.pipeline;
  }

  private StreamStage<?> lastStage() {
    return switch (setup.workload()) {
      case "w1" -> mapFilter();
      case "w2-10k", "w2-1m" -> keyedCounter();
      case "w4" -> bankingResolver();
      case "q0" -> nexmark();
      case "q1" -> nexmark().filter(event -> event.bid != null).map(event -> event.bid.inEuros());
      case "q2" -> nexmark()
          .filter(event -> event.bid != null && AuctionPrice.isWanted(event.bid))
          .map(event -> AuctionPrice.of(event.bid));
      case "q3" -> localItems();
      case "score" -> paymentScores();
      default -> throw new IllegalArgumentException("Expected a workload that Jet runs, got " + setup.workload());
    };
  }

  private StreamStage<?> mapFilter() {
    return source(new EventGenerator(KEYS_OF_W1))
        .map(event -> new Event(event.key, event.seq, (event.value ^ 0x5bd1e995) * 0x9E3779B1, event.ts))
        .setLocalParallelism(setup.parallelism())
        .filter(event -> (event.value & 7) != 0);
  }

  private StreamStage<?> keyedCounter() {
    return source(new EventGenerator(setup.keys()))
        .groupingKey(event -> event.key)
        .mapStateful(
            LongAccumulator::new,
            (count, key, event) -> {
              count.add(1);
              return new KeyCount(key, count.get());
            });
  }

  private StreamStage<?> bankingResolver() {
    return source(new BankingGenerator(setup.records()))
        .groupingKey(element -> element.precondition != null ? element.precondition.id : element.dependent.fk)
        .flatMapStateful(Waiting::new, (waiting, key, element) -> waiting.rowsOf(element));
  }

  private StreamStage<?> localItems() {
    return nexmark()
        .filter(
            event ->
                event.person != null && LocalItem.isWanted(event.person)
                    || event.auction != null && LocalItem.isWanted(event.auction))
        .groupingKey(event -> event.person != null ? event.person.id : event.auction.seller)
        .flatMapStateful(Seller::new, (seller, key, event) -> seller.itemsOf(event));
  }

  private StreamStage<?> paymentScores() {
    return source(new PaymentGenerator())
        .groupingKey(payment -> payment.account)
        .mapStateful(Account::new, (account, key, payment) -> account.scoreOf(payment));
  }

  private StreamStage<NexmarkEvent> nexmark() {
    return source(new NexmarkGenerator());
  }

  private <T> StreamStage<T> source(Generator<T> generator) {
    int parallelism = setup.parallelism();
    int records = setup.records();
    ProcessorSupplier processors = ProcessorSupplier.of(() -> new GeneratedProcessor<>(generator, records));
    return pipeline
        .<T>readFrom(Sources.streamFromProcessor("generator", ProcessorMetaSupplier.of(parallelism, processors)))
        .withoutTimestamps()
        .setLocalParallelism(parallelism);
  }

  /** W4: whether the precondition has come, and who waits for it. */
  static final class Waiting implements Serializable {
    private boolean isSeen;
    private ArrayList<Dependent> dependents;

    Traverser<Row> rowsOf(BankingElement element) {
      if (element.precondition != null) {
        isSeen = true;
        Row row = Row.of(element.precondition);
        if (dependents == null) return Traversers.singleton(row);
        List<Row> rows = new ArrayList<>(dependents.size() + 1);
        rows.add(row);
        for (Dependent dependent : dependents) rows.add(Row.waited(dependent));
        dependents = null;
        return Traversers.traverseIterable(rows);
      }
      if (isSeen) return Traversers.singleton(Row.direct(element.dependent));
      if (dependents == null) dependents = new ArrayList<>(2);
      dependents.add(element.dependent);
      return Traversers.empty();
    }
  }

  /** NEXMark query 3: the seller, or the items that wait for him. */
  static final class Seller implements Serializable {
    private Person person;
    private ArrayList<Long> auctions = new ArrayList<>(2);

    Traverser<LocalItem> itemsOf(NexmarkEvent event) {
      if (event.person != null) {
        person = event.person;
        List<LocalItem> items = new ArrayList<>(auctions.size());
        for (Long auction : auctions) items.add(LocalItem.of(person, auction));
        auctions.clear();
        return Traversers.traverseIterable(items);
      }
      if (person != null) return Traversers.singleton(LocalItem.of(person, event.auction.id));
      auctions.add(event.auction.id);
      return Traversers.empty();
    }
  }

  /** What is kept for an account. */
  static final class Account implements Serializable {
    private static final ThreadLocal<ScoreModel> MODEL = ThreadLocal.withInitial(ScoreModel::new);
    private Profile profile;
    private long count;

    Score scoreOf(Payment payment) {
      if (profile == null) profile = Profile.of(payment.account);
      count++;
      return new Score(payment.seq, MODEL.get().scoreOf(payment, profile), count);
    }
  }
}
