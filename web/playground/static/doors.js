// The only place that talks to the server: JSON in, JSON out, errors as sentences.

const API = "/playground/api/";

export class Refused extends Error {}

export async function ask(path, query = {}, signal = undefined) {
  const words = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null && value !== undefined));
  return answer(await fetch(`${API}${path}?${words}`, { signal, headers: { Accept: "application/json" } }));
}

export async function tell(path, body, options = {}) {
  return answer(
    await fetch(`${API}${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      ...options,
    }),
  );
}

async function answer(response) {
  const json = await response.json().catch(() => ({}));
  if (response.ok) return json;
  throw new Refused(json.error || `The playground answered ${response.status}`);
}
