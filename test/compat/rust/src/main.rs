//! Everything a user does with the official Rust SDK, against the server behind `http_proxy`; prints what came of it as one JSON line.
use aliyun_log_rust_sdk::get_cursor_models::CursorPos;
use aliyun_log_rust_sdk::*;
use aliyun_log_sdk_protobuf::{Log, LogGroup};
use std::collections::{HashMap, HashSet};

fn code<T>(result: std::result::Result<T, Error>) -> String {
    match result {
        Ok(_) => "accepted".to_string(),
        Err(Error::Server { error_code, .. }) => error_code,
        Err(other) => format!("{other}"),
    }
}

#[tokio::main]
async fn main() {
    let (project, logstore) = ("compat-rust", "app");
    let ak = std::env::var("SLS_AK_ID").unwrap();
    let sk = std::env::var("SLS_AK_KEY").unwrap();
    let client = Client::from_config(Config::builder().endpoint("http://localhost").access_key(&ak, &sk).build().unwrap()).unwrap();

    client.create_project(project).description("made by the SDK").send().await.unwrap();
    let again = code(client.create_project(project).description("again").send().await);
    client.create_logstore(project, logstore).shard_count(2).ttl(3).send().await.unwrap();
    let ttl = *client.get_logstore(project, logstore).send().await.unwrap().get_body().ttl();
    let text = FullTextIndex { case_sensitive: false, chn: false, token: token_list![",", " ", ";", "\n", "\t"] };
    let mut keys = HashMap::new();
    keys.insert("level".to_string(), FieldIndex::Text(IndexKeyText { case_sensitive: false, alias: None, chn: false, token: token_list![" "], doc_value: true }));
    keys.insert("size".to_string(), FieldIndex::Long(IndexKeyLong { alias: None, doc_value: true }));
    client.create_index(project, logstore, Index::builder().line(text).keys(keys).build()).send().await.unwrap();
    client.get_index(project, logstore).send().await.unwrap();

    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    for batch in 0..5 {
        let mut group = LogGroup::new();
        for number in 0..20 {
            let mut log = Log::new();
            log.set_time(now as u32);
            log.add_content_kv("level", if number % 5 == 0 { "error" } else { "info" });
            log.add_content_kv("msg", format!("log {batch} {number}"));
            group.logs_mut().push(log);
        }
        client.put_logs(project, logstore).log_group(group).send().await.unwrap();
    }

    let mut pulled = HashSet::new();
    let shards: Vec<i32> = client.list_shards(project, logstore).send().await.unwrap().get_body().shards().iter().map(|shard| *shard.shard_id()).collect();
    let mut filtered = 0;
    for shard in &shards {
        for query in ["", "* | where level = 'error'"] {
            let mut cursor = client.get_cursor(project, logstore, *shard).cursor_pos(CursorPos::Begin).send().await.unwrap().get_body().cursor().to_string();
            loop {
                let mut request = client.pull_logs(project, logstore, *shard).cursor(&cursor).count(2);
                if !query.is_empty() {
                    request = request.query(query);
                }
                let page = request.send().await.unwrap().take_body();
                let next = page.next_cursor().to_string();
                for group in page.into_log_group_list() {
                    for log in group.logs() {
                        for content in log.contents() {
                            if content.key() == "msg" {
                                if query.is_empty() {
                                    pulled.insert(String::from_utf8_lossy(content.value().as_ref()).to_string());
                                } else {
                                    filtered += 1;
                                }
                            }
                        }
                    }
                }
                if next == cursor {
                    break;
                }
                cursor = next;
            }
        }
    }

    let (from, to) = (now as i64 - 600, now as i64 + 600);
    let found = client.get_logs(project, logstore).from(from).to(to).query("level: error").line(100).send().await.unwrap();
    let sql = client.get_logs(project, logstore).from(from).to(to).query("* | select level, count(1) as n group by level order by level").send().await.unwrap();
    let rows: Vec<Vec<String>> = sql.get_body().logs().iter().map(|row| vec![row["level"].clone(), row["n"].clone()]).collect();
    let missing = code(client.get_logstore(project, "nope").send().await);
    let bad = code(client.get_logs(project, logstore).from(from).to(to).query("* | selec").send().await);
    client.delete_logstore(project, logstore).send().await.unwrap();
    client.delete_project(project).send().await.unwrap();
    println!(
        "{}",
        serde_json::json!({
            "again": again, "ttl": ttl, "shards": shards.len(), "pulled": pulled.len(), "filtered": filtered, "errors": found.get_body().logs_count(),
            "complete": found.get_body().is_complete(), "sql": rows, "noLogstore": missing, "badQuery": bad
        })
    );
}
