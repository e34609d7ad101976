package streamcore.bench.workloads;

/** NEXMark query 3: an item of one category, with its seller from one of three states. */
public class LocalItem implements Checked {
  private static final long CATEGORY = 10;

  public String name;
  public String city;
  public String state;
  public long auction;

  public LocalItem() {}

  public static boolean isWanted(Auction auction) {
    return auction.category == CATEGORY;
  }

  public static boolean isWanted(Person person) {
    return person.state.equals("OR") || person.state.equals("ID") || person.state.equals("CA");
  }

  public static LocalItem of(Person person, long auction) {
    LocalItem item = new LocalItem();
    item.name = person.name;
    item.city = person.city;
    item.state = person.state;
    item.auction = auction;
    return item;
  }

  @Override
  public int check() {
    return (int) auction;
  }
}
