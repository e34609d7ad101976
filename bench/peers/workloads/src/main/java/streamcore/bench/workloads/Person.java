package streamcore.bench.workloads;

import java.io.Serializable;

/** NEXMark: somebody who may sell and bid. */
public class Person implements Serializable {
  public long id;
  public String name;
  public String email;
  public String creditCard;
  public String city;
  public String state;
  public long dateTime;
  public String extra;

  public Person() {}
}
