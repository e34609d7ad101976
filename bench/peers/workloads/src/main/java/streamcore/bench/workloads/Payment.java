package streamcore.bench.workloads;

/** A payment of an account. */
public class Payment {
  public int account;
  public int payee;
  public int amount;
  public int channel;
  public int seq;

  public Payment() {}

  public Payment(int account, int payee, int amount, int channel, int seq) {
    this.account = account;
    this.payee = payee;
    this.amount = amount;
    this.channel = channel;
    this.seq = seq;
  }
}
