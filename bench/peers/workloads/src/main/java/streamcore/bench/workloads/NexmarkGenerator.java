package streamcore.bench.workloads;

import static streamcore.bench.workloads.Mixing.BASE_MS;
import static streamcore.bench.workloads.Mixing.SEED;
import static streamcore.bench.workloads.Mixing.mix;
import static streamcore.bench.workloads.Mixing.pick;
import static streamcore.bench.workloads.TextPool.text;

/** NEXMark with the constants of Apache Beam: of 50 events 1 is a person, 3 are auctions, 46 are bids; 10 events share a millisecond. */
public final class NexmarkGenerator implements Generator<NexmarkEvent> {
  private static final int ROUND = 50;
  private static final int PERSONS = 1;
  private static final int AUCTIONS = 3;
  private static final long FIRST_ID = 1_000;
  private static final int FIRST_CATEGORY = 10;
  private static final int CATEGORIES = 5;
  private static final int HOT_EVERY = 100;
  private static final int ACTIVE_PERSONS = 1_000;
  private static final int OPEN_AUCTIONS = 100;
  /** References may run ahead of what exists by so many. */
  private static final int LEAD = 10;
  private static final int EVENTS_PER_MS = 10;
  private static final String[] STATES = "AZ,CA,ID,OR,WA,WY".split(",");
  private static final String[] CITIES =
      "Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne".split(",");
  private static final String[] FIRST_NAMES = "Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter".split(",");
  private static final String[] LAST_NAMES = "Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris".split(",");
  private static final int[] PRICES = makePrices();

  @Override
  public NexmarkEvent at(int index) {
    NexmarkEvent event = new NexmarkEvent();
    int place = index % ROUND;
    int hash = mix(index ^ SEED);
    int state = hash == 0 ? 1 : hash;
    if (place >= PERSONS + AUCTIONS) event.bid = bid(index, state);
    else if (place >= PERSONS) event.auction = auction(index, state);
    else event.person = person(index, state);
    return event;
  }

  @Override
  public long timestampAt(int index) {
    return BASE_MS + index / EVENTS_PER_MS;
  }

  private Bid bid(int index, int state) {
    int hotAuction = next(state);
    int auction = next(hotAuction);
    int hotBidder = next(auction);
    int bidder = next(hotBidder);
    int price = next(bidder);
    Bid bid = new Bid();
    bid.auction = FIRST_ID + (pick(hotAuction, 2) > 0 ? hot(lastAuction(index)) : anyAuction(index, auction));
    bid.bidder = FIRST_ID + (pick(hotBidder, 4) > 0 ? hot(lastPerson(index)) + 1 : anyPerson(index, bidder));
    bid.price = PRICES[price >>> 20];
    bid.dateTime = timestampAt(index);
    bid.extra = extra(next(price), 32, 100);
    return bid;
  }

  private Auction auction(int index, int state) {
    Auction auction = new Auction();
    int hotSeller = next(state);
    int seller = next(hotSeller);
    auction.id = FIRST_ID + lastAuction(index);
    auction.seller = FIRST_ID + (pick(hotSeller, 4) > 0 ? hot(lastPerson(index)) : anyPerson(index, seller));
    int draw = next(seller);
    auction.category = FIRST_CATEGORY + pick(draw, CATEGORIES);
    draw = next(draw);
    auction.initialBid = PRICES[draw >>> 20];
    draw = next(draw);
    auction.reserve = auction.initialBid + PRICES[draw >>> 20];
    auction.dateTime = timestampAt(index);
    long openMs = timestampAt(index + OPEN_AUCTIONS * ROUND / AUCTIONS) - auction.dateTime;
    draw = next(draw);
    auction.expires = auction.dateTime + 1 + pick(draw, (int) Math.max(openMs * 2, 1));
    draw = next(draw);
    auction.itemName = text(draw, 3 + pick(mix(draw), 17));
    draw = next(draw);
    auction.description = text(draw, 3 + pick(mix(draw), 97));
    auction.extra = extra(next(draw), 48 + auction.itemName.length() + auction.description.length(), 500);
    return auction;
  }

  private Person person(int index, int state) {
    Person person = new Person();
    person.id = FIRST_ID + lastPerson(index);
    int draw = next(state);
    String firstName = FIRST_NAMES[pick(draw, FIRST_NAMES.length)];
    draw = next(draw);
    person.name = firstName + " " + LAST_NAMES[pick(draw, LAST_NAMES.length)];
    draw = next(draw);
    String mailbox = text(draw, 7);
    draw = next(draw);
    person.email = mailbox + "@" + text(draw, 5) + ".com";
    StringBuilder card = new StringBuilder(19);
    for (int group = 0; group < 4; group++) {
      draw = next(draw);
      if (group > 0) card.append(' ');
      card.append(fourDigits(draw));
    }
    person.creditCard = card.toString();
    draw = next(draw);
    person.city = CITIES[pick(draw, CITIES.length)];
    draw = next(draw);
    person.state = STATES[pick(draw, STATES.length)];
    person.dateTime = timestampAt(index);
    int lengths = person.name.length() + person.email.length() + person.creditCard.length();
    person.extra = extra(next(draw), 8 + lengths + person.city.length() + person.state.length(), 200);
    return person;
  }

  /** The next random number (xorshift). */
  private static int next(int state) {
    int next = state;
    next ^= next << 13;
    next ^= next >>> 17;
    next ^= next << 5;
    return next;
  }

  private static int lastPerson(int index) {
    return index / ROUND;
  }

  private static int lastAuction(int index) {
    int place = index % ROUND;
    int round = index / ROUND;
    if (place < PERSONS) return round * AUCTIONS - 1;
    return round * AUCTIONS + Math.min(place - PERSONS, AUCTIONS - 1);
  }

  /** The one that many refer to for a while. */
  private static int hot(int last) {
    return last / HOT_EVERY * HOT_EVERY;
  }

  private static int anyPerson(int index, int draw) {
    int count = lastPerson(index) + 1;
    int active = Math.min(count, ACTIVE_PERSONS);
    return count - active + pick(draw, active + LEAD);
  }

  private static int anyAuction(int index, int draw) {
    int last = lastAuction(index);
    int first = Math.max(last - OPEN_AUCTIONS, 0);
    return first + pick(draw, Math.max(last - first + 1 + LEAD, 1));
  }

  /** Filler up to the usual size of such an event, a fifth more or less. */
  private static String extra(int draw, int size, int usualSize) {
    if (size > usualSize) return "";
    int wanted = usualSize - size;
    int fifth = (int) Math.round(wanted * 0.2);
    return text(mix(draw), wanted - fifth + (fifth == 0 ? 0 : pick(draw, 2 * fifth)));
  }

  private static String fourDigits(int draw) {
    String digits = Integer.toString(pick(draw, 10_000));
    return "0".repeat(4 - digits.length()) + digits;
  }

  /** Prices from 1 to 1,000,000 dollars in cents; a table, so that every language agrees to the last unit. */
  private static int[] makePrices() {
    int[] prices = new int[4_096];
    for (int index = 0; index < prices.length; index++) {
      prices[index] = (int) Math.round(Math.pow(10.0, index * 6.0 / 4_096) * 100.0);
    }
    return prices;
  }
}
