// Keeps the newest deliveries in view: asks every five seconds, while somebody looks. Without this file the
// page is whole; reloading does the same.
const OFTEN_MS = 5000;
const news = document.getElementById('news');
const timeless = (part) => part.outerHTML.replace(/(<time[^>]*>)[^<]*/g, '$1');
const list = () => document.querySelector('[data-part="list"][data-live]');
const newest = (part) => Number(part.querySelector('[data-id]')?.dataset.id ?? 0);
let shown = list() && timeless(list());

async function look() {
  const answer = await fetch(location.href, { headers: { Accept: 'text/html', 'X-By-Itself': '1' }, cache: 'no-store', redirect: 'error' });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('[data-part="list"]');
  const old = list();
  if (!fresh || timeless(fresh) === shown || old.contains(document.activeElement)) return;
  shown = timeless(fresh);
  const before = newest(old);
  const count = [...fresh.querySelectorAll('[data-id]')].filter((each) => Number(each.dataset.id) > before).length;
  old.replaceWith(document.importNode(fresh, true));
  news.textContent = count ? `${count} new` : '';
  tell();
}

async function keepLooking() {
  try {
    if (!document.hidden) await look();
  } catch { /* away for a moment, or signed out: the next look or the next press will tell */ }
  setTimeout(keepLooking, OFTEN_MS);
}

function tell() {
  for (const node of document.querySelectorAll('time[data-exact]:not([data-local])')) {
    node.dataset.local = '';
    node.textContent = new Date(node.dateTime).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
  }
}

tell();
if (list()) setTimeout(keepLooking, OFTEN_MS);
