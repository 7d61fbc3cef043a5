"""Everything a user does with the official Python SDK, against the server at SLS_ENDPOINT; prints what came of it as one JSON line."""
import json, os, socket, sys, time

real = socket.getaddrinfo
socket.getaddrinfo = lambda host, *a, **k: real('127.0.0.1' if str(host).endswith('localhost') else host, *a, **k)

from aliyun.log import (LogClient, LogItem, PutLogsRequest, GetLogsRequest, GetHistogramsRequest, IndexConfig, IndexKeyConfig, IndexLineConfig, LogException)
from aliyun.log.consumer import ConsumerProcessorBase, ConsumerWorker, CursorPosition, LogHubConfig
from aliyun.log.auth import AUTH_VERSION_4
import zstd  # noqa: F401  makes the SDK able to send and ask for zstd

endpoint, ak, sk = os.environ['SLS_ENDPOINT'], os.environ['SLS_AK_ID'], os.environ['SLS_AK_KEY']
project, logstore = 'compat-python', 'app'
out = {}


def code_of(call):
    try:
        call()
        return 'accepted'
    except LogException as e:
        return e.get_error_code()


client = LogClient(endpoint, ak, sk)
v4 = LogClient(endpoint, ak, sk, auth_version=AUTH_VERSION_4, region='cn-hangzhou')

client.create_project(project, 'made by the SDK')
out['project'] = client.get_project(project).get_description()
out['again'] = code_of(lambda: client.create_project(project, ''))
client.create_logstore(project, logstore, ttl=3, shard_count=2)
out['ttl'] = client.get_logstore(project, logstore).get_ttl()
token = list(', \'";=()[]{}?@&<>/:\n\t\r')
index = IndexConfig(line_config=IndexLineConfig(token_list=token), key_config_list={
    'level': IndexKeyConfig(token_list=token, index_type='text', doc_value=True),
    'size': IndexKeyConfig(index_type='long', doc_value=True),
})
client.create_index(project, logstore, index)
out['index'] = sorted(client.get_index_config(project, logstore).get_index_config().key_config_list)

now = int(time.time())
total = 0
for number, (signer, compress) in enumerate([(client, True), (client, False), (v4, True)]):
    items = [LogItem(timestamp=now, contents=[('level', 'error' if i % 5 == 0 else 'info'), ('size', str(i)), ('msg', f'log {number} {i} 中文')]) for i in range(50)]
    signer.put_logs(PutLogsRequest(project, logstore, 'topic-%d' % number, '10.0.0.%d' % number, items, compress=compress, logtags=[('host', 'h%d' % number)]))
    total += len(items)
out['put'] = total

out['shards'] = [(s['shardID'], s['status']) for s in client.list_shards(project, logstore).get_shards_info()]
pulled, tags = [], set()
for shard, _ in out['shards']:
    cursor = client.get_begin_cursor(project, logstore, shard).get_cursor()
    end = client.get_end_cursor(project, logstore, shard).get_cursor()
    while cursor != end:
        page = client.pull_logs(project, logstore, shard, cursor, 10, end, compress=True)
        for group in page.get_loggroup_list().LogGroups:
            tags.update('%s=%s' % (t.Key, t.Value) for t in group.LogTags)
            pulled += [c.Value for log in group.Logs for c in log.Contents if c.Key == 'msg']
        cursor = page.get_next_cursor()
out['pulled'] = len(pulled)
out['distinct'] = len(set(pulled))
out['tags'] = sorted(tags)
out['plain'] = sum(len(g.Logs) for s, _ in out['shards'] for g in v4.pull_logs(project, logstore, s, v4.get_begin_cursor(project, logstore, s).get_cursor(), 1000, compress=False).get_loggroup_list().LogGroups)

res = client.get_log(project, logstore, now - 600, now + 600, query='level: error', size=100)
out['errors'] = len(res.get_logs())
out['complete'] = res.is_completed()
res = client.get_log(project, logstore, now - 600, now + 600, query='* | select level, count(1) as n, sum(size) as s group by level order by level')
out['sql'] = [(r.get_contents()['level'], r.get_contents()['n'], r.get_contents()['s']) for r in res.get_logs()]
res = v4.get_logs(GetLogsRequest(project, logstore, now - 600, now + 600, topic='topic-1', query='*', line=100))
out['topic'] = len(res.get_logs())
out['histogram'] = client.get_histograms(GetHistogramsRequest(project, logstore, now - 600, now + 600, '', 'level: info')).get_total_count()
out['badQuery'] = code_of(lambda: client.get_log(project, logstore, now - 600, now, query='* | selec'))
out['noLogstore'] = code_of(lambda: client.get_logstore(project, 'nope'))
out['badKey'] = code_of(lambda: LogClient(endpoint, ak, 'wrong').list_logstore(project))


class Collector(ConsumerProcessorBase):
    seen = []

    def process(self, groups, check_point_tracker):
        for group in groups.LogGroups:
            Collector.seen += [c.Value for log in group.Logs for c in log.Contents if c.Key == 'msg']
        self.save_checkpoint(check_point_tracker, force=True)


def consume(name, query=None, want=None):
    Collector.seen = []
    worker = ConsumerWorker(Collector, LogHubConfig(
        endpoint, ak, sk, project, logstore, name, name + '-1', cursor_position=CursorPosition.BEGIN_CURSOR,
        heartbeat_interval=2, data_fetch_interval=1, query=query))
    worker.start()
    end = time.time() + 40
    while len(Collector.seen) < want and time.time() < end:
        time.sleep(0.2)
    time.sleep(1)
    worker.shutdown()
    return len(Collector.seen), len(set(Collector.seen))


out['consumed'] = consume('all', want=total)
out['filtered'] = consume('errors-only', query="* | where level = 'error'", want=30)
out['groups'] = sorted(g.get_consumer_group_name() for g in client.list_consumer_group(project, logstore).get_consumer_groups())
out['checkpoints'] = len([c for c in client.get_check_point(project, logstore, 'all').get_consumer_group_check_points() if c['checkpoint']])
client.delete_consumer_group(project, logstore, 'all')
client.delete_logstore(project, logstore)
client.delete_project(project)
print(json.dumps(out))
sys.stdout.flush()
os._exit(0)
