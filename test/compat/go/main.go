// Everything a user does with the official Go SDK, against the server at SLS_ADDRESS; prints what came of it as one JSON line.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"sort"
	"strconv"
	"sync"
	"time"

	sls "github.com/aliyun/aliyun-log-go-sdk"
	consumer "github.com/aliyun/aliyun-log-go-sdk/consumer"
	producer "github.com/aliyun/aliyun-log-go-sdk/producer"
	"github.com/gogo/protobuf/proto"
)

func must(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%#v\n%v\n", err, err)
		os.Exit(1)
	}
}

func code(err error) string {
	if err == nil {
		return "accepted"
	}
	if e, ok := err.(*sls.Error); ok {
		return e.Code
	}
	if e, ok := err.(*sls.BadResponseError); ok {
		return "bad response " + e.RespBody
	}
	return err.Error()
}

func group(from, count int, topic string) *sls.LogGroup {
	g := &sls.LogGroup{Topic: proto.String(topic), Source: proto.String("10.0.0.2"), LogTags: []*sls.LogTag{{Key: proto.String("host"), Value: proto.String("go")}}}
	for i := from; i < from+count; i++ {
		level := "info"
		if i%5 == 0 {
			level = "error"
		}
		g.Logs = append(g.Logs, &sls.Log{Time: proto.Uint32(uint32(time.Now().Unix())), Contents: []*sls.LogContent{
			{Key: proto.String("level"), Value: proto.String(level)},
			{Key: proto.String("size"), Value: proto.String(strconv.Itoa(i))},
			{Key: proto.String("msg"), Value: proto.String(fmt.Sprintf("log %d", i))},
		}})
	}
	return g
}

func main() {
	address, port, ak, sk := os.Getenv("SLS_ADDRESS"), os.Getenv("SLS_PORT"), os.Getenv("SLS_AK_ID"), os.Getenv("SLS_AK_KEY")
	endpoint := "http://localhost:" + port
	http1 := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) { return net.Dial("tcp", address) }}}
	client := sls.CreateNormalInterface(endpoint, ak, sk, "")
	client.(*sls.Client).SetHTTPClient(http1)
	v4 := sls.CreateNormalInterface(endpoint, ak, sk, "")
	v4.(*sls.Client).SetHTTPClient(http1)
	v4.SetAuthVersion(sls.AuthV4)
	v4.SetRegion("cn-hangzhou")
	project, logstore := "compat-go", "app"
	out := map[string]any{}

	_, err := client.CreateProject(project, "made by the SDK")
	must(err)
	_, err = client.CreateProject(project, "")
	out["again"] = code(err)
	must(client.CreateLogStore(project, logstore, 3, 2, true, 16))
	store, err := client.GetLogStore(project, logstore)
	must(err)
	out["ttl"] = store.TTL
	token := []string{",", " ", "'", "\"", ";", "=", "(", ")", "[", "]", "{", "}", "?", "@", "&", "<", ">", "/", ":", "\n", "\t", "\r"}
	must(client.CreateIndex(project, logstore, sls.Index{
		Line: &sls.IndexLine{Token: token},
		Keys: map[string]sls.IndexKey{"level": {Type: "text", Token: token, DocValue: true}, "size": {Type: "long", DocValue: true}},
	}))
	index, err := client.GetIndex(project, logstore)
	must(err)
	out["index"] = len(index.Keys)

	must(client.PutLogs(project, logstore, group(0, 40, "plain")))
	must(v4.PutLogs(project, logstore, group(40, 40, "v4")))
	must(client.PutLogsWithCompressType(project, logstore, group(80, 20, "zstd"), sls.Compress_ZSTD))
	key := "ff000000000000000000000000000000"
	must(client.PostLogStoreLogs(project, logstore, group(100, 20, "hash"), &key))

	config := producer.GetDefaultProducerConfig()
	config.Endpoint, config.AccessKeyID, config.AccessKeySecret, config.HTTPClient = endpoint, ak, sk, http1
	config.AllowLogLevel = "error"
	p, err := producer.NewProducer(config)
	must(err)
	p.Start()
	for _, log := range group(120, 30, "").Logs {
		must(p.SendLog(project, logstore, "producer", "10.0.0.3", log))
	}
	p.SafeClose() // Close(timeout) of this version never sees that its threads have stopped

	shards, err := client.ListShards(project, logstore)
	must(err)
	pulled := map[string]int{}
	for _, shard := range shards {
		begin, err := client.GetCursor(project, logstore, shard.ShardID, "begin")
		must(err)
		end, err := client.GetCursor(project, logstore, shard.ShardID, "end")
		must(err)
		for begin != end {
			list, next, err := client.PullLogs(project, logstore, shard.ShardID, begin, end, 10)
			must(err)
			for _, g := range list.LogGroups {
				for _, log := range g.Logs {
					for _, c := range log.Contents {
						if c.GetKey() == "msg" {
							pulled[c.GetValue()]++
						}
					}
				}
			}
			begin = next
		}
	}
	out["shards"], out["pulled"] = len(shards), len(pulled)

	now := time.Now().Unix()
	logs, err := client.GetLogs(project, logstore, "", now-600, now+600, "level: error", 100, 0, false)
	must(err)
	out["errors"], out["complete"] = logs.Count, logs.IsComplete()
	logs, err = v4.GetLogs(project, logstore, "", now-600, now+600, "* | select level, count(1) as n group by level order by level", 100, 0, false)
	must(err)
	sql := [][]string{}
	for _, row := range logs.Logs {
		sql = append(sql, []string{row["level"], row["n"]})
	}
	out["sql"] = sql
	histogram, err := client.GetHistograms(project, logstore, "", now-600, now+600, "*")
	must(err)
	out["histogram"] = histogram.Count
	_, err = client.GetLogStore(project, "nope")
	out["noLogstore"] = code(err)
	_, err = client.GetLogs(project, logstore, "", now-600, now, "* | selec", 10, 0, false)
	out["badQuery"] = code(err)

	var lock sync.Mutex
	seen := map[string]int{}
	worker := consumer.InitConsumerWorkerWithCheckpointTracker(consumer.LogHubConfig{
		Endpoint: endpoint, AccessKeyID: ak, AccessKeySecret: sk, Project: project, Logstore: logstore, ConsumerGroupName: "go-group", ConsumerName: "c-1",
		CursorPosition: consumer.BEGIN_CURSOR, HeartbeatIntervalInSecond: 1, HeartbeatTimeoutInSecond: 4, HTTPClient: http1, AllowLogLevel: "error", Query: "* | where level = 'error'",
	}, func(_ int, list *sls.LogGroupList, tracker consumer.CheckPointTracker) (string, error) {
		lock.Lock()
		defer lock.Unlock()
		for _, g := range list.LogGroups {
			for _, log := range g.Logs {
				for _, c := range log.Contents {
					if c.GetKey() == "msg" {
						seen[c.GetValue()]++
					}
				}
			}
		}
		return "", tracker.SaveCheckPoint(true)
	})
	worker.Start()
	for end := time.Now().Add(40 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		lock.Lock()
		enough := len(seen) >= 30
		lock.Unlock()
		if enough {
			break
		}
	}
	worker.StopAndWait()
	repeated := 0
	for _, n := range seen {
		if n > 1 {
			repeated++
		}
	}
	out["consumed"], out["repeated"] = len(seen), repeated
	groups, err := client.ListConsumerGroup(project, logstore)
	must(err)
	names := []string{}
	for _, g := range groups {
		names = append(names, g.ConsumerGroupName)
	}
	sort.Strings(names)
	out["groups"] = names
	must(client.DeleteLogStore(project, logstore))
	must(client.DeleteProject(project))
	line, _ := json.Marshal(out)
	fmt.Println(string(line))
	os.Exit(0)
}
