// One small pop-up menu for the whole page: arrow keys, Escape, click outside; focus goes back where it came from.

import { el } from "./dom.js";
import { icon } from "./icons.js";

let open = null;

/** `items`: `{label, run, icon?, disabled?, href?, danger?, checked?, heading?}`; a heading is a line of text between items. */
export function openMenu(anchor, items) {
  const again = open?.anchor === anchor;
  closeMenu();
  if (again) return;
  const menu = el("div", { class: "menu", role: "menu", "aria-label": anchor.getAttribute("aria-label") ?? "Menu" }, items.map(entry));
  // A modal dialog would cover anything outside of it, and elsewhere a menu belongs to a landmark of the page.
  const host = anchor.closest("dialog, header.top, main") ?? document.body;
  host.append(menu);
  open = { menu, anchor };
  anchor.setAttribute("aria-expanded", "true");
  place(menu, anchor);
  menu.addEventListener("keydown", steer);
  choices()[0]?.focus({ preventScroll: true });
}

export function closeMenu({ refocus = false } = {}) {
  if (!open) return;
  const { menu, anchor } = open;
  open = null;
  menu.remove();
  anchor.setAttribute("aria-expanded", "false");
  if (refocus) anchor.focus({ preventScroll: true });
}

function entry(item) {
  if (item.heading) return el("p", { class: "menu-heading", role: "presentation" }, item.heading);
  const isChoice = item.checked !== undefined; // its icon is the mark of the chosen one
  const inside = [item.icon ? icon(item.icon, isChoice && !item.checked ? "blank" : "") : null, el("span", {}, item.label)];
  const choice = isChoice ? { role: "menuitemradio", "aria-checked": String(item.checked) } : { role: "menuitem" };
  const common = { class: `menu-item${item.danger ? " danger" : ""}`, tabindex: "-1", ...choice };
  if (item.href) return el("a", { ...common, href: item.href, target: "_blank", rel: "noopener noreferrer", onclick: () => closeMenu() }, inside);
  const pick = () => {
    closeMenu({ refocus: true });
    item.run();
  };
  return el("button", { ...common, type: "button", disabled: item.disabled, onclick: pick }, inside);
}

function place(menu, anchor) {
  const spot = anchor.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const below = spot.bottom + 4 + size.height <= innerHeight;
  const top = below ? spot.bottom + 4 : Math.max(8, spot.top - size.height - 4);
  const pane = anchor.closest(".pane, dialog")?.getBoundingClientRect() ?? { left: 0, right: innerWidth };
  const isLeft = spot.left + spot.right < pane.left + pane.right; // then it grows to the right, into its own pane
  const left = Math.min(isLeft ? spot.left : spot.right - size.width, innerWidth - size.width - 8);
  menu.style.setProperty("top", `${top}px`);
  menu.style.setProperty("left", `${Math.max(8, left)}px`);
}

const choices = () => (open ? [...open.menu.querySelectorAll(".menu-item:not(:disabled)")] : []);

function steer(event) {
  const all = choices();
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
  if (to !== undefined && all.length) {
    event.preventDefault();
    all[to % all.length].focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    closeMenu({ refocus: true });
  }
}

addEventListener("pointerdown", (event) => {
  if (open && !open.menu.contains(event.target) && !open.anchor.contains(event.target)) closeMenu();
});
addEventListener("resize", () => closeMenu());
addEventListener("scroll", (event) => open && !open.menu.contains(event.target) && closeMenu(), { capture: true });
