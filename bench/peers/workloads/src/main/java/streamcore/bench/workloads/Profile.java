package streamcore.bench.workloads;

import java.io.Serializable;

/** What is known of an account, and kept with it. */
public class Profile implements Serializable {
  public int limit;
  public int country;
  public int openedDay;
  public int segment;

  public Profile() {}

  public static Profile of(int account) {
    int hash = Mixing.mix(~account);
    Profile profile = new Profile();
    profile.limit = 1_000 * (1 + Mixing.pick(hash, 50));
    profile.country = Mixing.pick(Mixing.mix(hash + 1), 200);
    profile.openedDay = Mixing.pick(Mixing.mix(hash + 2), 10_000);
    profile.segment = Mixing.pick(Mixing.mix(hash + 3), 8);
    return profile;
  }
}
