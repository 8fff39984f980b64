// Keeps the setup page true while somebody looks at it: asks every two seconds whether anything changed, and
// then draws anew only the parts that did. Without this file the page is whole; reloading does the same.
const root = document.getElementById('setup');
const news = document.getElementById('news');
const OFTEN_MS = 2000;
const SELDOM_MS = 10_000;
const shown = new Map();
let version = root.dataset.version;

const parts = (within) => within.querySelectorAll('[data-part]');
// How long ago a moment was is not a change.
const timeless = (part) => part.outerHTML.replace(/(<time[^>]*>)[^<]*/g, '$1');
const isDirty = (field) => field.type === 'radio' || field.type === 'checkbox' ? field.checked !== field.defaultChecked
  : field.tagName === 'SELECT' ? ![...field.options].some((each) => each.selected && each.defaultSelected) && field.selectedIndex > 0
    : field.type !== 'hidden' && field.value !== field.defaultValue;

// A part in which somebody is choosing or typing is left alone until they are done.
function isBusy(part) {
  const at = document.activeElement;
  return (part.contains(at) && at.matches('input, select, textarea')) || [...part.querySelectorAll('input, select')].some(isDirty);
}

function replace(old, fresh) {
  const at = old.contains(document.activeElement) ? document.activeElement : null;
  const now = document.importNode(fresh, true);
  old.replaceWith(now);
  if (at) (at.id && document.getElementById(at.id) || now.closest('section')?.querySelector('h2') || now).focus({ preventScroll: true });
  return now;
}

function draw(page) {
  const told = [];
  let whole = true;
  for (const old of parts(document)) {
    const fresh = page.querySelector(`[data-part="${old.dataset.part}"]`);
    if (!fresh) return location.reload(); // signed out meanwhile, or another team
    if (timeless(fresh) === shown.get(old.dataset.part)) continue;
    if (isBusy(old)) { whole = false; continue; }
    shown.set(old.dataset.part, timeless(fresh));
    if (fresh.dataset.says && fresh.dataset.says !== old.dataset.says) told.push(fresh.dataset.says);
    replace(old, fresh);
  }
  if (parts(page).length !== parts(document).length) return location.reload();
  if (told.length) news.textContent = told.join('. ');
  tell();
  return whole;
}

async function read(path, kind) {
  const answer = await fetch(path, { headers: { Accept: kind, 'X-By-Itself': '1' }, cache: 'no-store', redirect: 'error' });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer;
}

async function look() {
  const state = await (await read('/setup/state', 'application/json')).json();
  if (state.version !== version) {
    const text = await (await read('/setup', 'text/html')).text();
    if (draw(new DOMParser().parseFromString(text, 'text/html'))) version = state.version;
  }
  return state.steps.every((step) => step.state === 'done');
}

async function keepLooking() {
  let rest = SELDOM_MS;
  try {
    if (!document.hidden) rest = await look() ? SELDOM_MS : OFTEN_MS;
  } catch { /* the server is away for a moment: the next look will tell */ }
  setTimeout(keepLooking, rest);
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const UNITS = [['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]];

function ago(at) {
  const seconds = Math.round((at - Date.now()) / 1000);
  const [unit, size] = UNITS.find(([, least]) => Math.abs(seconds) >= least) ?? ['second', 1];
  return relative.format(Math.trunc(seconds / size), unit);
}

function tell() {
  for (const node of document.querySelectorAll('time[data-ago]')) {
    const words = ago(new Date(node.dateTime));
    if (node.textContent !== words) node.textContent = words;
  }
  for (const node of document.querySelectorAll('time[data-exact]:not([data-local])')) {
    node.dataset.local = '';
    node.textContent = new Date(node.dateTime).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
  }
}

for (const part of parts(document)) shown.set(part.dataset.part, timeless(part));
history.replaceState(null, '', location.pathname + location.hash); // what was said once is not said at a reload
tell();
setInterval(tell, 20_000);
if ('live' in root.dataset) setTimeout(keepLooking, OFTEN_MS);
