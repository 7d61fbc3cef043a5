import com.alibaba.fastjson.JSON;
import com.aliyun.openservices.aliyun.log.producer.LogProducer;
import com.aliyun.openservices.aliyun.log.producer.ProducerConfig;
import com.aliyun.openservices.aliyun.log.producer.ProjectConfig;
import com.aliyun.openservices.aliyun.log.producer.Result;
import com.aliyun.openservices.log.Client;
import com.aliyun.openservices.log.common.*;
import com.aliyun.openservices.log.common.Consts.CompressType;
import com.aliyun.openservices.log.exception.LogException;
import com.aliyun.openservices.log.http.client.ClientConfiguration;
import com.aliyun.openservices.log.http.signer.SignVersion;
import com.aliyun.openservices.log.request.*;
import com.aliyun.openservices.log.response.*;
import com.aliyun.openservices.loghub.client.*;
import com.aliyun.openservices.loghub.client.config.LogHubConfig;
import com.aliyun.openservices.loghub.client.exceptions.LogHubCheckPointException;
import com.aliyun.openservices.loghub.client.interfaces.*;
import java.util.*;
import java.util.concurrent.*;

/** Everything a user does with the official Java clients, against the server at SLS_PORT; prints what came of it as one JSON line. */
public final class Session {
  static final String PROJECT = "compat-java";
  static final String LOGSTORE = "app";
  static final Set<String> SEEN = ConcurrentHashMap.newKeySet();

  interface Call {
    void run() throws LogException;
  }

  static String code(Call call) {
    try {
      call.run();
      return "accepted";
    } catch (LogException e) {
      return e.GetErrorCode();
    }
  }

  static List<LogItem> items(int from, int count) {
    List<LogItem> items = new ArrayList<>();
    for (int i = from; i < from + count; i++) {
      LogItem item = new LogItem((int) (System.currentTimeMillis() / 1000));
      item.PushBack("level", i % 5 == 0 ? "error" : "info");
      item.PushBack("size", String.valueOf(i));
      item.PushBack("msg", "log " + i);
      items.add(item);
    }
    return items;
  }

  public static final class Processor implements ILogHubProcessor {
    public void initialize(int shardId) {}

    public String process(List<LogGroupData> groups, ILogHubCheckPointTracker tracker) {
      for (LogGroupData data : groups) {
        FastLogGroup group = data.GetFastLogGroup();
        for (int i = 0; i < group.getLogsCount(); i++) {
          FastLog log = group.getLogs(i);
          for (int j = 0; j < log.getContentsCount(); j++) if (log.getContents(j).getKey().equals("msg")) SEEN.add(log.getContents(j).getValue());
        }
      }
      try {
        tracker.saveCheckPoint(true);
      } catch (LogHubCheckPointException e) {
        throw new RuntimeException(e);
      }
      return null;
    }

    public void shutdown(ILogHubCheckPointTracker tracker) {}
  }

  public static void main(String[] args) throws Exception {
    String ak = System.getenv("SLS_AK_ID");
    String sk = System.getenv("SLS_AK_KEY");
    int port = Integer.parseInt(System.getenv("SLS_PORT"));
    Map<String, Object> out = new TreeMap<>();
    ClientConfiguration direct = new ClientConfiguration();
    direct.setProxyHost("127.0.0.1");
    direct.setProxyPort(port);
    Client client = new Client("http://localhost", ak, sk, direct);
    ClientConfiguration four = new ClientConfiguration();
    four.setProxyHost("127.0.0.1");
    four.setProxyPort(port);
    four.setSignatureVersion(SignVersion.V4);
    four.setRegion("cn-hangzhou");
    Client v4 = new Client("http://localhost", ak, sk, four);

    client.CreateProject(PROJECT, "made by the SDK");
    out.put("again", code(() -> client.CreateProject(PROJECT, "")));
    client.CreateLogStore(PROJECT, new LogStore(LOGSTORE, 3, 2));
    out.put("ttl", client.GetLogStore(PROJECT, LOGSTORE).GetLogStore().GetTtl());
    Index index = new Index();
    index.FromJsonString(
        "{\"line\":{\"token\":[\",\",\" \",\":\"],\"caseSensitive\":false,\"chn\":false},\"keys\":{\"level\":{\"type\":\"text\",\"token\":[\" \"],\"doc_value\":true},\"size\":{\"type\":\"long\",\"doc_value\":true}},\"ttl\":3}");
    client.CreateIndex(PROJECT, LOGSTORE, index);
    out.put("index", client.GetIndex(PROJECT, LOGSTORE).GetIndex().GetKeys().GetKeys().size());

    int at = 0;
    for (CompressType type : new CompressType[] {CompressType.LZ4, CompressType.GZIP, CompressType.ZSTD, CompressType.NONE}) {
      PutLogsRequest put = new PutLogsRequest(PROJECT, LOGSTORE, "t", "10.0.0.4", items(at, 20));
      put.setCompressType(type);
      (type == CompressType.LZ4 ? v4 : client).PutLogs(put);
      at += 20;
    }
    PutLogsRequest hashed = new PutLogsRequest(PROJECT, LOGSTORE, "t", "10.0.0.4", items(at, 20), "ff000000000000000000000000000000");
    client.PutLogs(hashed);
    at += 20;

    ProducerConfig producerConfig = new ProducerConfig();
    LogProducer producer = new LogProducer(producerConfig);
    ProjectConfig project = new ProjectConfig(PROJECT, "http://localhost", ak, sk);
    project.setProxyIp("127.0.0.1:" + port);
    producer.putProjectConfig(project);
    List<java.util.concurrent.Future<Result>> sent = new ArrayList<>();
    for (LogItem item : items(at, 50)) sent.add(producer.send(PROJECT, LOGSTORE, "producer", "10.0.0.5", item));
    int delivered = 0;
    for (java.util.concurrent.Future<Result> result : sent) if (result.get().isSuccessful()) delivered++;
    producer.close();
    out.put("delivered", delivered);

    Set<String> pulled = new HashSet<>();
    List<Shard> shards = client.ListShard(PROJECT, LOGSTORE).GetShards();
    for (Shard shard : shards) {
      String cursor = client.GetCursor(PROJECT, LOGSTORE, shard.GetShardId(), Consts.CursorMode.BEGIN).GetCursor();
      while (true) {
        PullLogsRequest request = new PullLogsRequest(PROJECT, LOGSTORE, shard.GetShardId(), 10, cursor);
        PullLogsResponse page = client.pullLogs(request);
        for (LogGroupData data : page.getLogGroups()) {
          FastLogGroup group = data.GetFastLogGroup();
          for (int i = 0; i < group.getLogsCount(); i++) {
            FastLog log = group.getLogs(i);
            for (int j = 0; j < log.getContentsCount(); j++) if (log.getContents(j).getKey().equals("msg")) pulled.add(log.getContents(j).getValue());
          }
        }
        if (page.getNextCursor().equals(cursor)) break;
        cursor = page.getNextCursor();
      }
    }
    out.put("shards", shards.size());
    out.put("pulled", pulled.size());

    int now = (int) (System.currentTimeMillis() / 1000);
    GetLogsResponse found = client.GetLogs(PROJECT, LOGSTORE, now - 600, now + 600, "", "level: error", 100, 0, false);
    out.put("errors", found.GetCount());
    out.put("complete", found.IsCompleted());
    List<List<String>> sql = new ArrayList<>();
    for (QueriedLog row : v4.GetLogs(PROJECT, LOGSTORE, now - 600, now + 600, "", "* | select level, count(1) as n group by level order by level", 100, 0, false).getLogs()) {
      Map<String, String> fields = new HashMap<>();
      for (LogContent content : row.GetLogItem().GetLogContents()) fields.put(content.GetKey(), content.GetValue());
      sql.add(Arrays.asList(fields.get("level"), fields.get("n")));
    }
    out.put("sql", sql);
    out.put("histogram", client.GetHistograms(PROJECT, LOGSTORE, now - 600, now + 600, "", "*").GetTotalCount());
    out.put("noLogstore", code(() -> client.GetLogStore(PROJECT, "nope")));
    out.put("badQuery", code(() -> client.GetLogs(PROJECT, LOGSTORE, now - 600, now, "", "* | selec", 10, 0, false)));

    LogHubConfig consumer = new LogHubConfig("java-group", "c-1", "http://localhost", PROJECT, LOGSTORE, ak, sk, LogHubConfig.ConsumePosition.BEGIN_CURSOR);
    consumer.setHeartBeatIntervalMillis(1500);
    consumer.setFetchIntervalMillis(200);
    ClientWorker worker = new ClientWorker(() -> new Processor(), consumer);
    Thread thread = new Thread(worker);
    thread.start();
    long end = System.currentTimeMillis() + 40_000;
    while (SEEN.size() < 150 && System.currentTimeMillis() < end) Thread.sleep(200);
    worker.shutdown();
    out.put("consumed", SEEN.size());
    client.DeleteLogStore(PROJECT, LOGSTORE);
    client.DeleteProject(PROJECT);
    System.out.println(JSON.toJSONString(out));
    System.out.flush();
    System.exit(0);
  }
}
