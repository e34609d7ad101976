package streamcore.bench.flink;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import streamcore.bench.workloads.Measurement;
import streamcore.bench.workloads.Setup;

/** Runs one workload on Flink in this process and prints one line of JSON. Started by the bench. */
public final class FlinkPeer {
  private FlinkPeer() {}

  /** Arguments: workload, records, parallelism, checkpointMs, directory, state backend, whether objects are reused, managed memory. */
  public static void main(String[] arguments) throws Exception {
    Setup setup = Setup.parse(arguments);
    Configuration configuration = configurationOf(setup, arguments[5], arguments[6], arguments[7]);
    try (MiniCluster cluster = new MiniCluster(clusterOf(setup, configuration))) {
      cluster.start();
      JobGraph graph = graphOf(setup, configuration);
      cluster.submitJob(graph).get();
      JobResult result = cluster.requestJobResult(graph.getJobID()).get();
      if (result.getSerializedThrowable().isPresent()) {
        throw new IllegalStateException(
            "The job failed",
            result.getSerializedThrowable().get().deserializeError(FlinkPeer.class.getClassLoader()));
      }
      System.out.println(Measurement.toJson(setup.records()));
    }
    System.exit(0);
  }

  private static JobGraph graphOf(Setup setup, Configuration configuration) {
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(setup.parallelism());
    Jobs.define(environment, setup);
    return environment.getStreamGraph().getJobGraph();
  }

  private static MiniClusterConfiguration clusterOf(Setup setup, Configuration configuration) {
    return new MiniClusterConfiguration.Builder()
        .setNumTaskManagers(1)
        .setNumSlotsPerTaskManager(setup.parallelism())
        .setConfiguration(configuration)
        .build();
  }

  private static Configuration configurationOf(Setup setup, String backend, String reuse, String managedMemory) {
    Configuration configuration = new Configuration();
    configuration.setString("state.backend.type", backend);
    configuration.setString("state.backend.rocksdb.localdir", setup.directory().resolve("rocksdb").toString());
    configuration.setString("execution.checkpointing.incremental", "true");
    configuration.setString("execution.checkpointing.storage", "filesystem");
    configuration.setString("execution.checkpointing.dir", setup.directory().resolve("checkpoints").toUri().toString());
    if (setup.checkpointMs() > 0) {
      configuration.setString("execution.checkpointing.interval", setup.checkpointMs() + " ms");
      configuration.setString("execution.checkpointing.mode", "EXACTLY_ONCE");
    }
    configuration.setString("io.tmp.dirs", setup.directory().toString());
    configuration.setString("taskmanager.memory.managed.size", managedMemory);
    configuration.setString("taskmanager.memory.network.min", "64m");
    configuration.setString("taskmanager.memory.network.max", "64m");
    configuration.setString("pipeline.object-reuse", reuse);
    configuration.setString("restart-strategy.type", "disable");
    configuration.setString("rest.address", "127.0.0.1");
    configuration.setString("rest.bind-address", "127.0.0.1");
    configuration.setString("rest.bind-port", "0");
    return configuration;
  }
}
