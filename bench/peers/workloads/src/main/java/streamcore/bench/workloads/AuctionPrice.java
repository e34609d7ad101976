package streamcore.bench.workloads;

/** NEXMark query 2: the price of a bid on one of a few items. */
public class AuctionPrice implements Checked {
  private static final long EVERY = 123;

  public long auction;
  public long price;

  public AuctionPrice() {}

  public static boolean isWanted(Bid bid) {
    return bid.auction % EVERY == 0;
  }

  public static AuctionPrice of(Bid bid) {
    AuctionPrice result = new AuctionPrice();
    result.auction = bid.auction;
    result.price = bid.price;
    return result;
  }

  @Override
  public int check() {
    return (int) (auction + price);
  }
}
