// Of all items only those near the window exist as elements. Heights are guessed, then measured when an item is drawn.

const table = document.getElementById("rows");
const body = table?.tBodies[0];
const margin = 600;
// So few are all drawn: the browser's own search finds them, and printing needs no more.
const few = 300;
let items = [];
let heights = new Float64Array(0);
let tops = new Float64Array(1);
let drawn = { first: 0, last: 0 };
let active = -1;

const guess = (item) => (item < 0 ? 41 : isNarrow.matches ? 150 : 22 + 20 * Math.max(rows[item][at.label] ? 2 : 1, rows[item][at.fields].length));
const isNarrow = window.matchMedia("(max-width: 48rem)");

function addUp(from = 0) {
  for (let index = from; index < items.length; index += 1) tops[index + 1] = tops[index] + heights[index];
}

function indexAt(offset) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tops[middle + 1] <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function showItems(found) {
  items = found;
  heights = Float64Array.from(items, guess);
  tops = new Float64Array(items.length + 1);
  addUp();
  drawn = { first: 0, last: -1 };
  active = Math.min(active, items.length - 1);
  table.setAttribute("aria-rowcount", String(items.length + 1));
  paint();
}

function space(height) {
  const row = element("tr", { class: "space", "aria-hidden": "true" }, element("td", { colspan: data.columns.length }));
  row.style.height = `${height}px`;
  return row;
}

// Draws what is near the window, unless it is there already.
function paint() {
  const top = -body.getBoundingClientRect().top;
  const first = indexAt(Math.max(0, top));
  const last = Math.min(items.length, indexAt(Math.max(0, top + window.innerHeight)) + 1);
  if (first >= drawn.first && last <= drawn.last && drawn.last >= 0) return;
  if (items.length <= few) draw(0, items.length);
  else draw(indexAt(Math.max(0, top - margin)), Math.min(items.length, indexAt(top + window.innerHeight + margin) + 1));
  const before = tops[first];
  if (measure() && Math.abs(tops[first] - before) >= 1) window.scrollBy(0, tops[first] - before);
}

function draw(first, last) {
  drawn = { first, last };
  const made = [];
  for (let index = first; index < last; index += 1) made.push(itemElement(items[index], index));
  body.replaceChildren(space(tops[first]), ...made, space(tops[items.length] - tops[last]));
  markActive();
}

function measure() {
  let moved = false;
  for (let index = drawn.first, row = body.firstElementChild; index < drawn.last; index += 1) {
    row = row.nextElementSibling;
    const height = row.getBoundingClientRect().height;
    if (Math.abs(height - heights[index]) >= 0.5) {
      heights[index] = height;
      moved = true;
    }
  }
  if (moved) {
    addUp(drawn.first);
    body.lastElementChild.style.height = `${tops[items.length] - tops[drawn.last]}px`;
  }
  return moved;
}

function markActive() {
  for (const row of body.querySelectorAll(".active")) row.classList.remove("active");
  const row = document.getElementById(`item-${active}`);
  if (row === null) return table.removeAttribute("aria-activedescendant");
  row.classList.add("active");
  return table.setAttribute("aria-activedescendant", row.id);
}

const stuck = () => table.tHead.getBoundingClientRect().height + document.getElementById("filters").getBoundingClientRect().height;

// Twice, for what is far away is guessed: the first leap draws it, the second is exact.
function moveTo(index) {
  active = Math.max(0, Math.min(items.length - 1, index));
  for (let leap = 0; leap < 2; leap += 1) {
    const top = body.getBoundingClientRect().top + tops[active];
    const above = isNarrow.matches ? 0 : stuck();
    if (top < above) window.scrollBy(0, top - above);
    else if (top + heights[active] > window.innerHeight) window.scrollBy(0, top + heights[active] - window.innerHeight + 8);
    paint();
  }
  markActive();
}
