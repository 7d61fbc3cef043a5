/** The embedded engine of a server under test, asked past Sluice: for hand-written SQL beside ours. */
export const ENGINE = { port: 17_931, password: 'password-of-the-bench' };

export const ENGINE_ENV = { SLUICE_STORE_PORT: String(ENGINE.port), SLUICE_STORE_PASSWORD: ENGINE.password };

/** Answers the text of the result (TSV). @throws with the engine's words */
export async function engine(sql: string): Promise<string> {
  const headers = { 'x-clickhouse-user': 'sluice', 'x-clickhouse-key': ENGINE.password };
  const answer = await fetch(`http://127.0.0.1:${ENGINE.port}/?use_query_condition_cache=0`, { method: 'POST', headers, body: sql });
  if (!answer.ok) throw new Error(await answer.text());
  return await answer.text();
}
