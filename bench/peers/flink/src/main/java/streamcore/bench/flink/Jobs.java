package streamcore.bench.flink;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;
import streamcore.bench.workloads.Auction;
import streamcore.bench.workloads.AuctionPrice;
import streamcore.bench.workloads.BankingElement;
import streamcore.bench.workloads.BankingGenerator;
import streamcore.bench.workloads.Bid;
import streamcore.bench.workloads.Dependent;
import streamcore.bench.workloads.Event;
import streamcore.bench.workloads.EventGenerator;
import streamcore.bench.workloads.Generator;
import streamcore.bench.workloads.LocalItem;
import streamcore.bench.workloads.NexmarkEvent;
import streamcore.bench.workloads.NexmarkGenerator;
import streamcore.bench.workloads.Payment;
import streamcore.bench.workloads.PaymentGenerator;
import streamcore.bench.workloads.Person;
import streamcore.bench.workloads.Precondition;
import streamcore.bench.workloads.Setup;

/** The workloads as somebody would write them with Flink's DataStream API. */
final class Jobs {
  private static final int KEYS_OF_W1 = 1_000_000;

  private final StreamExecutionEnvironment environment;
  private final Setup setup;

  private Jobs(StreamExecutionEnvironment environment, Setup setup) {
    this.environment = environment;
    this.setup = setup;
  }

  static void define(StreamExecutionEnvironment environment, Setup setup) {
    Jobs jobs = new Jobs(environment, setup);
    switch (setup.workload()) {
      case "w1" -> jobs.mapFilter();
      case "w2-10k", "w2-1m" -> jobs.keyedCounter();
      case "w4" -> jobs.bankingResolver();
      case "q0" -> jobs.passThrough();
      case "q1" -> jobs.currencyConversion();
      case "q2" -> jobs.selection();
      case "q3" -> jobs.localItems();
      case "score" -> jobs.paymentScores();
      default -> throw new IllegalArgumentException("Expected a workload that Flink runs, got " + setup.workload());
    }
  }

  private void mapFilter() {
    source(new EventGenerator(KEYS_OF_W1), Event.class)
        .map(event -> new Event(event.key, event.seq, (event.value ^ 0x5bd1e995) * 0x9E3779B1, event.ts))
        .returns(Event.class)
        .filter(event -> (event.value & 7) != 0)
        .sinkTo(new CountingSink<>());
  }

  private void keyedCounter() {
    source(new EventGenerator(setup.keys()), Event.class)
        .keyBy(event -> event.key)
        .process(new KeyCounter())
        .uid("counter")
        .sinkTo(new CountingSink<>())
        .uid("sink");
  }

  private void bankingResolver() {
    DataStream<BankingElement> elements = source(new BankingGenerator(setup.records()), BankingElement.class);
    DataStream<Precondition> preconditions =
        elements
            .flatMap((BankingElement element, Collector<Precondition> out) -> {
              if (element.precondition != null) out.collect(element.precondition);
            })
            .returns(Precondition.class);
    DataStream<Dependent> dependents =
        elements
            .flatMap((BankingElement element, Collector<Dependent> out) -> {
              if (element.dependent != null) out.collect(element.dependent);
            })
            .returns(Dependent.class);
    preconditions
        .keyBy(precondition -> precondition.id)
        .connect(dependents.keyBy(dependent -> dependent.fk))
        .process(new BankingResolver())
        .uid("resolver")
        .sinkTo(new CountingSink<>())
        .uid("sink");
  }

  private void passThrough() {
    nexmark().sinkTo(new CountingSink<>());
  }

  private void currencyConversion() {
    bids().map(Bid::inEuros).returns(Bid.class).sinkTo(new CountingSink<>());
  }

  private void selection() {
    bids()
        .filter(AuctionPrice::isWanted)
        .map(AuctionPrice::of)
        .returns(AuctionPrice.class)
        .sinkTo(new CountingSink<>());
  }

  private void localItems() {
    DataStream<NexmarkEvent> events = nexmark();
    DataStream<Auction> auctions =
        events
            .flatMap((NexmarkEvent event, Collector<Auction> out) -> {
              if (event.auction != null && LocalItem.isWanted(event.auction)) out.collect(event.auction);
            })
            .returns(Auction.class);
    DataStream<Person> persons =
        events
            .flatMap((NexmarkEvent event, Collector<Person> out) -> {
              if (event.person != null && LocalItem.isWanted(event.person)) out.collect(event.person);
            })
            .returns(Person.class);
    auctions
        .keyBy(auction -> auction.seller)
        .connect(persons.keyBy(person -> person.id))
        .process(new LocalItems())
        .uid("local-items")
        .sinkTo(new CountingSink<>())
        .uid("sink");
  }

  private void paymentScores() {
    source(new PaymentGenerator(), Payment.class)
        .keyBy(payment -> payment.account)
        .process(new PaymentScorer())
        .uid("score")
        .sinkTo(new CountingSink<>())
        .uid("sink");
  }

  private DataStream<NexmarkEvent> nexmark() {
    return source(new NexmarkGenerator(), NexmarkEvent.class);
  }

  private DataStream<Bid> bids() {
    return nexmark()
        .flatMap((NexmarkEvent event, Collector<Bid> out) -> {
          if (event.bid != null) out.collect(event.bid);
        })
        .returns(Bid.class);
  }

  private <T> DataStream<T> source(Generator<T> generator, Class<T> type) {
    GeneratedSource<T> source = new GeneratedSource<>(generator, setup.records());
    return environment
        .fromSource(source, WatermarkStrategy.noWatermarks(), "generator", TypeInformation.of(type))
        .uid("generator");
  }
}
