// Tries routes of REST on the page of the documentation. The token lives in its field alone: it is stored nowhere,
// and goes only to this origin. What comes back is shown as text. Without this file the page is whole.
const MOST = 100_000; // characters of an answer that are shown; a stream would go on for ever
const tokenField = document.getElementById('token');
let described; // the OpenAPI document, asked for when the first route is opened

function made(tag, about = {}, ...inside) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) node.setAttribute(name, value);
  node.append(...inside);
  return node;
}

async function describe() {
  const answer = await fetch('/api/v1/openapi.json', { credentials: 'omit', redirect: 'error' });
  if (!answer.ok) throw new Error(`the description of the routes was answered with ${answer.status}`);
  return answer.json();
}

function choicesOf(schema) {
  return schema.enum ?? (schema.anyOf ?? []).find((each) => each.enum)?.enum ?? [];
}

function fieldOf(parameter) {
  const { name, description, schema, required } = parameter;
  const choices = choicesOf(schema);
  const about = { autocomplete: 'off', spellcheck: 'false', ...(required ? { required: '' } : {}) };
  const field = choices.length
    ? made('select', about, made('option', { value: '' }), ...choices.map((each) => made('option', {}, `${each}`)))
    : made('input', about);
  field.parameter = parameter;
  if (name === 'tenant') field.value = 'me';
  const hint = description ?? schema.description;
  return made('label', { class: 'field' }, required ? `${name} (needed)` : name, ...(hint ? [`: ${hint}`] : []), field);
}

function bodyOf(operation) {
  const content = operation.requestBody?.content['application/json'];
  if (!content) return [];
  const example = content.example ?? Object.values(content.examples ?? {})[0]?.value ?? {};
  const text = JSON.stringify(example, null, 2);
  const field = made('textarea', { rows: `${Math.min(14, text.split('\n').length + 1)}`, spellcheck: 'false' }, text);
  return [made('label', { class: 'field wide' }, 'Body, as JSON', field)];
}

function requestOf(form, method, path) {
  const query = new URLSearchParams();
  const headers = new Headers({ Accept: 'application/json' });
  const token = tokenField.value.trim();
  if (token) headers.set('Authorization', `Bearer ${token}`);
  for (const field of form.querySelectorAll('input, select')) {
    const { name, in: where } = field.parameter;
    if (where === 'path') path = path.replace(`{${name}}`, encodeURIComponent(field.value));
    else if (field.value && where === 'query') query.set(name, field.value);
    else if (field.value) headers.set(name, field.value);
  }
  const body = form.querySelector('textarea')?.value;
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  const how = { method, headers, body, credentials: 'omit', cache: 'no-store', redirect: 'error' };
  return [query.size ? `${path}?${query}` : path, how];
}

function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function readInto(shown, answer) {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (reader && text.length < MOST) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
    shown.textContent = text;
  }
  if (text.length >= MOST) {
    await reader.cancel();
    shown.textContent = `${text.slice(0, MOST)}\n… cut here`;
  } else shown.textContent = readable(text);
  return shown.textContent;
}

function wordsOf(text) {
  try {
    return JSON.parse(text).error ?? '';
  } catch {
    return '';
  }
}

async function send(form, method, path, shown) {
  form.running?.abort();
  form.running = new AbortController();
  const [status, headers, body] = shown.children;
  shown.hidden = false;
  headers.textContent = body.textContent = '';
  try {
    const [address, how] = requestOf(form, method, path); // throws for a token that no header can carry
    status.textContent = `Sent: ${method} ${address}`;
    const answer = await fetch(address, { ...how, signal: form.running.signal });
    const line = `${answer.status} ${answer.statusText}`.trim();
    status.textContent = line;
    headers.textContent = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    const words = wordsOf(await readInto(body, answer));
    if (words) status.textContent = `${line}: ${words}`;
  } catch (wrong) {
    if (wrong.name !== 'AbortError') status.textContent = `No answer: ${wrong.message}`;
  }
}

function build(part) {
  const [method, path] = part.dataset.route.split(' ');
  const operation = described.paths[path][method.toLowerCase()];
  const shown = made('div', { class: 'answer', hidden: '' },
    made('p', { role: 'status' }),
    made('pre', { tabindex: '0', role: 'region', 'aria-label': `Headers of ${part.dataset.route}` }),
    made('pre', { tabindex: '0', role: 'region', 'aria-label': `Answer of ${part.dataset.route}` }));
  const button = made('button', { class: method === 'GET' ? 'door first' : 'door danger' }, `Send ${method}`);
  const form = made('form', { class: 'stack', 'aria-label': part.dataset.route },
    ...(operation.parameters ?? []).map(fieldOf), ...bodyOf(operation), made('p', { class: 'doors' }, button));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send(form, method, path, shown);
  });
  part.append(form, shown);
}

async function open(part) {
  if (!part.open) return part.querySelector('form')?.running?.abort();
  if (part.querySelector('form, p')) return undefined;
  try {
    described ??= await describe();
    if (!part.querySelector('form')) build(part);
  } catch (wrong) {
    part.append(made('p', { role: 'alert' }, `It cannot be tried now: ${wrong.message}. Reload the page.`));
  }
  return undefined;
}

for (const part of document.querySelectorAll('[data-route]')) part.addEventListener('toggle', () => open(part));
for (const part of document.querySelectorAll('[data-scripted]')) part.hidden = false;
addEventListener('pagehide', () => { tokenField.value = ''; }); // also where the browser keeps the page to go back to
