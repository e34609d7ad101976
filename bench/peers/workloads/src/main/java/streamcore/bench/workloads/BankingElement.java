package streamcore.bench.workloads;

/** What W4's source emits: exactly one of the two is set. */
public class BankingElement {
  public Precondition precondition;
  public Dependent dependent;

  public BankingElement() {}
}
