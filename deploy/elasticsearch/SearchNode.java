import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.codelibs.elasticsearch.runner.node.ClusterRunnerNode;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.Plugin;

/**
 * One Elasticsearch node in this process, on loopback, with the modules that its distribution has switched on.
 * Arguments: folder, HTTP port, transport port. Ends on SIGTERM.
 */
public final class SearchNode {
    private static final String NAME = "weft";

    private static final List<String> MODULES = List.of(
        "transport.Netty4Plugin",
        "analysis.common.CommonAnalysisPlugin",
        "index.reindex.ReindexPlugin",
        "index.mapper.MapperExtrasPlugin",
        "join.ParentJoinPlugin",
        "painless.PainlessPlugin",
        "script.mustache.MustachePlugin",
        "script.expression.ExpressionPlugin",
        "ingest.common.IngestCommonPlugin",
        "percolator.PercolatorPlugin");

    private static final String LOGGING = String.join("\n",
        "status = error",
        "appender.console.type = Console",
        "appender.console.name = console",
        "appender.console.layout.type = PatternLayout",
        "appender.console.layout.pattern = %d{ISO8601} %-5p %c{1.} %m%n",
        "rootLogger.level = info",
        "rootLogger.appenderRef.console.ref = console",
        "");

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]).toAbsolutePath();
        Environment environment = prepare(folder, arguments[1], arguments[2]);
        LogConfigurator.registerErrorListener();
        LogConfigurator.configure(environment);
        Node node = new ClusterRunnerNode(environment, modules());
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (IOException unclosed) {
                unclosed.printStackTrace();
            }
            closed.countDown();
        }));
        node.start();
        closed.await();
    }

    private static Environment prepare(Path folder, String http, String transport) throws IOException {
        for (String part : List.of("config", "data", "logs", "modules", "plugins")) {
            Files.createDirectories(folder.resolve(part));
        }
        Files.writeString(folder.resolve("config/log4j2.properties"), LOGGING);
        Settings settings = Settings.builder()
            .put("path.home", folder.toString())
            .put("path.data", folder.resolve("data").toString())
            .put("path.logs", folder.resolve("logs").toString())
            .put("cluster.name", NAME)
            .put("node.name", NAME)
            .put("network.host", "127.0.0.1")
            .put("http.port", http)
            .put("transport.port", transport)
            .put("discovery.type", "single-node")
            // The disk of a developer may well be nearly full.
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .put("node.processors", 2)
            .build();
        return InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), folder.resolve("config"), () -> NAME);
    }

    private static List<Class<? extends Plugin>> modules() throws ClassNotFoundException {
        List<Class<? extends Plugin>> found = new ArrayList<>();
        for (String module : MODULES) {
            found.add(Class.forName("org.elasticsearch." + module).asSubclass(Plugin.class));
        }
        return found;
    }
}
