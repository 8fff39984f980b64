// A form whose secret is good once is sent once: the second press of a double-click would be answered that it
// was used already, although the first went well. Without this file the page is whole.
for (const form of document.querySelectorAll('form')) {
  let isSent = false;
  form.addEventListener('submit', (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
  });
  addEventListener('pageshow', () => { isSent = false; }); // back again, by the button of the browser
}
