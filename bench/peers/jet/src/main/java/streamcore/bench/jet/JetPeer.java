package streamcore.bench.jet;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.jet.config.JobConfig;
import com.hazelcast.jet.config.ProcessingGuarantee;
import streamcore.bench.workloads.Measurement;
import streamcore.bench.workloads.Setup;

/** Runs one workload on Jet in this process and prints one line of JSON. Started by the bench. */
public final class JetPeer {
  private static final int FIRST_PORT = 18_100;

  private JetPeer() {}

  /** Arguments: workload, records, parallelism, checkpointMs, directory. */
  public static void main(String[] arguments) {
    System.setProperty("hazelcast.logging.type", "none");
    System.setProperty("hazelcast.phone.home.enabled", "false");
    Setup setup = Setup.parse(arguments);
    HazelcastInstance member = Hazelcast.newHazelcastInstance(configOf(setup.parallelism()));
    JobConfig job = new JobConfig();
    if (setup.checkpointMs() > 0) {
      job.setProcessingGuarantee(ProcessingGuarantee.EXACTLY_ONCE).setSnapshotIntervalMillis(setup.checkpointMs());
    }
    member.getJet().newJob(Pipelines.of(setup), job).join();
    System.out.println(Measurement.toJson(setup.records()));
    System.exit(0);
  }

  private static Config configOf(int threads) {
    Config config = new Config();
    config.setProperty("hazelcast.shutdownhook.enabled", "false");
    config.getJetConfig().setEnabled(true).setCooperativeThreadCount(threads);
    NetworkConfig network = config.getNetworkConfig();
    network.setPort(FIRST_PORT).setPortAutoIncrement(true).setPublicAddress("127.0.0.1");
    network.getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    JoinConfig join = network.getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    join.getTcpIpConfig().setEnabled(false);
    return config;
  }
}
