package streamcore.bench.workloads;

/** NEXMark: an offer for an item. */
public class Bid implements Checked {
  private static final double EUROS_PER_DOLLAR = 0.908;

  public long auction;
  public long bidder;
  public long price;
  public long dateTime;
  public String extra;

  public Bid() {}

  /** The same bid in another currency (query 1): the double product, cut off. */
  public Bid inEuros() {
    Bid bid = new Bid();
    bid.auction = auction;
    bid.bidder = bidder;
    bid.price = (long) (price * EUROS_PER_DOLLAR);
    bid.dateTime = dateTime;
    bid.extra = extra;
    return bid;
  }

  @Override
  public int check() {
    return (int) price;
  }
}
