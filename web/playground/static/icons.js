// Line icons drawn for this page; Chat's own names and the usual Material names point at the nearest one.

const SHAPES = {
  add: "M12 5v14M5 12h14",
  alarm: "M12 21a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 9v4l3 2M4 5l3-2M20 5l-3-2",
  arrow: "M5 12h14M13 6l6 6-6 6",
  back: "M19 12H5M11 18l-6-6 6-6",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l1.500 2H4.500zM10 21h4",
  bellOff: "M6 16v-5c0-1 .2-2 .7-2.800M9 5.800A6 6 0 0 1 18 11v3M4.500 18H17M10 21h4M4 4l16 16",
  bolt: "M13 3L5 14h6l-1 7 8-11h-6z",
  bookmark: "M7 4h10v16l-5-4-5 4z",
  building: "M5 21V4h9v17M14 9h5v12M3 21h18M8 8h3M8 12h3M8 16h3",
  calendar: "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4",
  car: "M5 16V12l2-6h10l2 6v4M4 16h16v3H4zM5 12h14",
  chart: "M5 20V11M12 20V4M19 20v-6",
  chat: "M4 5h16v11H9l-5 4z",
  check: "M5 12.500l4.500 4.500L19 7.500",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.500 2",
  close: "M6 6l12 12M18 6L6 18",
  code: "M9 7l-5 5 5 5M15 7l5 5-5 5",
  down: "M6 9l6 6 6-6",
  edit: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  error: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v6M12 16.500v.01",
  file: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  filter: "M4 6h16M7 12h10M10 18h4",
  flag: "M6 21V4h11l-2 4 2 4H6",
  fold: "M6 15l6-6 6 6",
  group: "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3 19c0-3.500 2.500-5.500 6-5.500s6 2 6 5.500M16 5.500a3 3 0 0 1 0 5.500M17.500 14c2.300.6 3.500 2.400 3.500 5",
  home: "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
  inbox: "M4 13l3-8h10l3 8v6H4zM4 13h5l1 2h4l1-2h5",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v6M12 7.500v.01",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  lock: "M6 11h12v9H6zM8 11V8a4 4 0 0 1 8 0v3",
  mail: "M4 6h16v12H4zM4 7l8 6 8-6",
  minus: "M5 12h14",
  money: "M12 3v18M16.500 7.500C16 6 14.300 5.300 12 5.300c-2.500 0-4.300 1.100-4.300 3 0 4.700 9 2.300 9 7.200 0 2-2 3.200-4.700 3.200-2.600 0-4.300-1-4.800-2.700",
  more: "M12 6v.01M12 12v.01M12 18v.01",
  open: "M13 5h6v6M19 5l-9 9M17 14v5H5V7h5",
  pause: "M9 6v12M15 6v12",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20c.5-3.800 3.300-6 7.500-6s7 2.200 7.500 6",
  phone: "M6 4h4l1.500 4.500L9 10c1 2.300 2.700 4 5 5l1.500-2.500L20 14v4c0 1-1 2-2 2C10.500 20 4 13.500 4 6c0-1 1-2 2-2z",
  pin: "M12 21c4-4.500 6-8 6-11a6 6 0 0 0-12 0c0 3 2 6.500 6 11zM12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  play: "M8 5l11 7-11 7z",
  plane: "M4 13l16-8-6 16-3-6z",
  product: "M12 3l8 4.500v9L12 21l-8-4.500v-9zM4 7.500l8 4.500 8-4.500M12 12v9",
  redo: "M20 8V4M20 8h-4M20 8a8 8 0 1 0 .5 6",
  reply: "M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4",
  send: "M4 12L3 4l18 8-18 8 1-8zM4 12h8",
  settings: "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM12 3v3M12 18v3M3 12h3M18 12h3M5.600 5.600l2.100 2.100M16.300 16.300l2.100 2.100M18.400 5.600l-2.100 2.100M7.700 16.300l-2.100 2.100",
  stage: "M4 7h9l4 5-4 5H4l3-5z",
  star: "M12 4l2.500 5.200 5.500.8-4 4 1 5.700-5-2.700-5 2.700 1-5.700-4-4 5.500-.8z",
  store: "M4 9l1.500-5h13L20 9M5 9v11h14V9M4 9a2.700 2.700 0 0 0 5.300 0 2.700 2.700 0 0 0 5.400 0A2.700 2.700 0 0 0 20 9M10 20v-5h4v5",
  tag: "M4 4h8l8 8-8 8-8-8zM8.500 8.500v.01",
  thumbDown: "M8 4v10l4 7c1.500 0 2-1 2-2v-4h5l-1-8c0-2-1-3-3-3zM4 4v10h4",
  ticket: "M4 7h16v4a1.500 1.500 0 0 0 0 3v4H4v-4a1.500 1.500 0 0 0 0-3zM14 7v11",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
  trophy: "M8 4h8v6a4 4 0 0 1-8 0zM8 6H4c0 3 1.500 5 4 5M16 6h4c0 3-1.500 5-4 5M12 14v4M8 20h8",
  up: "M4 17l6-6 4 4 6-8M15 7h5v5",
  video: "M4 7h11v10H4zM15 11l5-3v8l-5-3",
  warning: "M12 4l9 16H3zM12 10v5M12 17.500v.01",
};

const OTHER_NAMES = {
  AIRPLANE: "plane", BOOKMARK: "bookmark", BUS: "car", CAR: "car", CLOCK: "clock", CONFIRMATION_NUMBER_ICON: "ticket",
  DESCRIPTION: "file", DOLLAR: "money", EMAIL: "mail", EVENT_SEAT: "calendar", FLIGHT_ARRIVAL: "plane",
  FLIGHT_DEPARTURE: "plane", HOTEL: "building", HOTEL_ROOM_TYPE: "building", INVITE: "calendar", MAP_PIN: "pin",
  MEMBERSHIP: "ticket", MULTIPLE_PEOPLE: "group", PERSON: "person", PHONE: "phone", RESTAURANT_ICON: "store",
  SHOPPING_CART: "store", STAR: "star", STORE: "store", TICKET: "ticket", TRAIN: "car", VIDEO_CAMERA: "video",
  VIDEO_PLAY: "play", account_circle: "person", add_circle: "add", add_comment: "chat", alarm: "alarm",
  alternate_email: "mail", arrow_forward: "arrow", attach_money: "money", bar_chart: "chart", business: "building",
  cancel: "close", check_circle: "check", contacts: "person", corporate_fare: "building", credit_card: "money", currency_exchange: "money",
  delete: "trash", description: "file", domain: "building", done: "check", do_not_disturb_on: "bellOff",
  emoji_events: "trophy", euro: "money", event: "calendar", filter_alt: "filter", filter_list: "filter", help: "info",
  history: "clock", insights: "chart", inventory_2: "product", label: "tag", leaderboard: "chart", list: "file",
  mark_email_read: "inbox", monitoring: "chart", monetization_on: "money", more_vert: "more", north: "up",
  note: "file", note_add: "file", notifications: "bell", notifications_active: "bell", notifications_off: "bellOff",
  open_in_new: "open", paid: "money", payments: "money", people: "group", person_add: "person", place: "pin",
  priority_high: "error", refresh: "redo", remove: "minus", replay: "redo", report: "warning", restart_alt: "redo",
  schedule: "clock", sell: "tag", snooze: "alarm", swap_horiz: "stage", sync: "redo", task: "check", task_alt: "check",
  thumb_down: "thumbDown", today: "calendar", trending_down: "thumbDown", trending_flat: "arrow", trending_up: "up",
  tune: "settings", undo: "reply", volume_off: "bellOff", work: "building", handshake: "group", view_kanban: "chart",
  badge: "person", bolt: "bolt", call: "phone", category: "tag", edit_note: "edit", filter_vintage: "star", forum: "chat",
  hourglass_empty: "alarm", lightbulb: "bolt", move_up: "up", pause_circle: "pause", person_off: "person", phone: "phone",
  power_settings_new: "bolt", radio_button_unchecked: "clock", rule: "filter", visibility: "search", visibility_off: "lock",
  bedtime: "pause", play_arrow: "play", expand_more: "down", expand_less: "fold", chat_bubble: "chat", groups: "group",
};

const SVG = "http://www.w3.org/2000/svg";

/** An icon by our name, Chat's knownIcon or a Material name; a plain tag for names that nobody drew. */
export function icon(name, extra = "") {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name} ${extra}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", SHAPES[name] ?? SHAPES[OTHER_NAMES[name]] ?? SHAPES.tag);
  svg.append(path);
  return svg;
}
