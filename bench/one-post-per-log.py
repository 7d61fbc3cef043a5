"""The shape of the usual script beside a SIEM: each log as one POST to Splunk HEC, answered before the next. Prints the CPU seconds it took, its start left out.

    python3 one-post-per-log.py HEC_URL FILE_OF_JSON_LINES LOGS
"""

import json
import resource
import sys
import time

import requests


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


url, path, logs = sys.argv[1], sys.argv[2], int(sys.argv[3])
session = requests.Session()
session.headers.update({"Authorization": "Splunk 11111111-2222-3333-4444-555555555555"})
with open(path, encoding="utf-8") as lines:
    fields = [json.loads(next(lines)) for _ in range(logs)]
before = cpu()
for one in fields:
    event = {"time": time.time(), "host": "bench", "source": "sls", "sourcetype": "_json", "event": json.dumps(one)}
    answer = session.post(url, data=json.dumps(event), timeout=60)
    if answer.json()["code"] != 0:
        raise SystemExit(answer.text)
print(json.dumps({"cpuSec": cpu() - before, "rawBytes": sum(len(json.dumps(one)) for one in fields)}))
