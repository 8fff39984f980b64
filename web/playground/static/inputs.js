// What can be filled in: each input node carries `dataset.input` (its name) and `read()` (its value as Chat sends it).

import { el } from "./dom.js";
import { withoutTags } from "./richtext.js";
import { manySelection } from "./many.js";

let serial = 0;
const nextId = () => `input-${(serial += 1)}`;

/** All values of a card, by name; `inputs` of the click door. */
export function readInputs(root) {
  const inputs = {};
  for (const node of root.querySelectorAll("[data-input]")) {
    const value = node.read();
    if (value !== undefined) inputs[node.dataset.input] = value;
  }
  return inputs;
}

/** The first input that an action calls for and that is empty or wrong, told to the person; null when all is well. */
export function firstMissing(root, action) {
  const required = new Set(action.requiredWidgets ?? []);
  for (const node of root.querySelectorAll("[data-input]")) {
    const control = node.querySelector("input, select, textarea");
    const needed = action.allWidgetsAreRequired || required.has(node.dataset.input);
    const empty = needed && isEmpty(node.read());
    node.classList.toggle("missing", empty || control?.validity.valid === false);
    if (empty || control?.validity.valid === false) return { node, control, words: empty ? "Fill this in" : control.validationMessage };
  }
  return null;
}

const isEmpty = (value) => value === undefined || value === "" || (Array.isArray(value) && !value.some(Boolean));

function registered(node, name, read) {
  node.dataset.input = name ?? "";
  node.read = read;
  return node;
}

function field(label, id, control, hint) {
  return el(
    "div",
    { class: "field" },
    label ? el("label", { for: id, class: "field-label" }, label) : null,
    control,
    hint ? el("p", { class: "field-hint", id: `${id}-hint` }, hint) : null,
    el("p", { class: "field-error", "aria-live": "polite" }),
  );
}

const TYPES = { INTEGER: ["number", "1"], FLOAT: ["number", "any"], EMAIL: ["email", null] };

export function textInput(json, scene) {
  const id = nextId();
  const long = json.type === "MULTIPLE_LINE";
  const [type, step] = TYPES[json.validation?.inputType] ?? ["text", null];
  const label = withoutTags(json.label ?? "");
  const control = el(long ? "textarea" : "input", {
    id, name: json.name, value: json.value ?? "", placeholder: json.placeholderText, maxlength: json.validation?.characterLimit,
    "aria-label": label ? null : (json.hintText ?? json.name), "aria-describedby": json.hintText ? `${id}-hint` : null,
    ...(long ? { rows: 3 } : { type, step }),
  });
  const node = registered(field(label, id, control, json.hintText), json.name, () => control.value);
  const suggestions = json.initialSuggestions?.items ?? [];
  if (suggestions.length && !long) {
    control.setAttribute("list", `${id}-list`);
    node.append(el("datalist", { id: `${id}-list` }, suggestions.map((each) => el("option", { value: each.text }))));
  }
  if (json.onChangeAction) control.addEventListener("change", () => scene.press(json.onChangeAction, scene.root, control));
  return node;
}

export function selectionInput(json, scene) {
  const label = withoutTags(json.label ?? "");
  const changed = () => json.onChangeAction && scene.press(json.onChangeAction, scene.root, null);
  const drawn = json.type === "DROPDOWN" ? dropdown : json.type === "MULTI_SELECT" ? many : choices;
  return drawn(json, label, changed, scene);
}

function dropdown(json, label, changed) {
  const id = nextId();
  const items = json.items ?? [];
  const none = items.some((each) => each.selected) ? [] : [el("option", { value: "" }, "")];
  const options = items.map((each) => el("option", { value: each.value ?? "", selected: each.selected }, withoutTags(each.text ?? "")));
  const control = el("select", { id, name: json.name, onchange: changed, "aria-label": label ? null : json.name }, none, options);
  return registered(field(label, id, control), json.name, () => (control.value ? [control.value] : undefined));
}

function many(json, label, changed, scene) {
  const id = nextId();
  const source = json.externalDataSource ?? json.dataSourceConfigs?.find((each) => each.remoteDataSource)?.remoteDataSource;
  const search = source && scene.search ? (query) => scene.search(source, query) : null;
  const { node, read } = manySelection({ ...json, items: offered(json, scene) }, { id, label, changed, search });
  return registered(field(label, id, node), json.name, read);
}

/** People and spaces that Chat itself would offer. */
function offered(json, scene) {
  const source = json.platformDataSource ?? json.dataSourceConfigs?.find((each) => each.platformDataSource)?.platformDataSource;
  if (source?.commonDataSource === "USER") {
    return scene.people.map((each) => ({ text: each.displayName, value: each.name, bottomText: each.email }));
  }
  if (source?.hostAppDataSource?.chatDataSource?.spaceDataSource) {
    return scene.spaces.map((each) => ({ text: each.displayName, value: each.name }));
  }
  return json.items ?? [];
}

const BOXES = { CHECK_BOX: ["checkbox", ""], SWITCH: ["checkbox", "switch"], RADIO_BUTTON: ["radio", ""] };

function choices(json, label, changed) {
  const [type, extra] = BOXES[json.type] ?? BOXES.CHECK_BOX;
  const group = nextId();
  const boxes = (json.items ?? []).map((each) =>
    el("label", { class: `choice ${extra}` },
      el("input", { type, name: `${json.name}-${group}`, value: each.value ?? "", checked: each.selected, onchange: changed, role: extra || null }),
      el("span", {}, withoutTags(each.text ?? ""))),
  );
  const node = el("fieldset", { class: "field choices" }, label ? el("legend", { class: "field-label" }, label) : null, boxes, el("p", { class: "field-error", "aria-live": "polite" }));
  const picked = () => [...node.querySelectorAll("input:checked")].map((each) => each.value);
  return registered(node, json.name, () => (picked().length ? picked() : undefined));
}

/** The switch or check box at the end of a row. */
export function switchControl(json, label, scene) {
  const box = el("input", { type: "checkbox", checked: json.selected, "aria-label": label, value: json.value ?? "", role: json.controlType === "SWITCH" || !json.controlType ? "switch" : null });
  if (json.onChangeAction) box.addEventListener("change", () => scene.press(json.onChangeAction, scene.root, box));
  const looks = json.controlType === "CHECK_BOX" || json.controlType === "CHECKBOX" ? "choice" : "choice switch";
  return registered(el("span", { class: looks }, box), json.name, () => (box.checked ? [json.value ?? "on"] : undefined));
}

const PICKERS = { DATE_ONLY: "date", TIME_ONLY: "time", DATE_AND_TIME: "datetime-local" };

export function dateTimePicker(json, scene) {
  const id = nextId();
  const type = PICKERS[json.type] ?? "datetime-local";
  const label = withoutTags(json.label ?? "");
  const control = el("input", { id, type, name: json.name, "aria-label": label ? null : json.name });
  if (json.valueMsEpoch !== undefined) setMoment(control, type, Number(json.valueMsEpoch));
  if (json.onValueChangeAction) control.addEventListener("change", () => scene.press(json.onValueChangeAction, scene.root, control));
  return registered(field(label, id, control), json.name, () => moment(control, type));
}

/** Dates and times of day are counted in UTC, as Chat does; a moment is one in the person's own zone. */
function setMoment(control, type, ms) {
  if (type === "datetime-local") control.valueAsNumber = ms - new Date(ms).getTimezoneOffset() * 60_000;
  else control.valueAsNumber = type === "time" ? ms % 86_400_000 : Math.floor(ms / 86_400_000) * 86_400_000;
}

function moment(control, type) {
  if (!control.value) return undefined;
  if (type === "date") return { dateInput: { msSinceEpoch: control.valueAsNumber } };
  if (type === "time") {
    const [hours, minutes] = control.value.split(":").map(Number);
    return { timeInput: { hours, minutes } };
  }
  return { dateTimeInput: { msSinceEpoch: new Date(control.value).getTime(), hasDate: true, hasTime: true } };
}
