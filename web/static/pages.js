// Copy buttons. Without this file the page is whole; the values are then marked and copied by hand.
const told = document.getElementById('told');
const SHOWN_MS = 2500;

function mark(node) {
  const range = document.createRange();
  range.selectNodeContents(node);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copies);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.classList.add('done');
    button.textContent = 'Copied';
    told.textContent = `${button.ariaLabel.replace('Copy: ', '')} copied`;
  } catch {
    mark(source); // no clipboard on plain http, or the browser said no
    told.textContent = 'Marked: press Ctrl+C to copy it';
  }
  clearTimeout(copy.timer);
  copy.timer = setTimeout(settle, SHOWN_MS);
}

function settle() {
  told.textContent = '';
  for (const button of document.querySelectorAll('.copy.done')) {
    button.classList.remove('done');
    button.textContent = 'Copy';
  }
}

for (const button of document.querySelectorAll('.copy')) {
  button.hidden = false;
  button.addEventListener('click', () => copy(button));
}
