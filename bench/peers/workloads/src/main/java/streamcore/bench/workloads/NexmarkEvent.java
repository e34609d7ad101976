package streamcore.bench.workloads;

/** What NEXMark's source emits: exactly one of the three is set. */
public class NexmarkEvent implements Checked {
  public Person person;
  public Auction auction;
  public Bid bid;

  public NexmarkEvent() {}

  @Override
  public int check() {
    if (bid != null) return (int) bid.price;
    return auction != null ? (int) auction.reserve : (int) person.id;
  }
}
